// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelProvider;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// A context that remembers what the node told it.
final class RecordingContext implements NodeContext, CallScope, AutoCloseable {
    private final ModelProvider models;
    private final int cancelAfterSteps;
    private final List<Double> progress = new CopyOnWriteArrayList<>();
    private final List<Image> previews = new CopyOnWriteArrayList<>();
    private final AtomicInteger steps = new AtomicInteger();
    private final List<AutoCloseable> resources = new CopyOnWriteArrayList<>();
    private @Nullable Path scratch;

    RecordingContext(ModelProvider models, int cancelAfterSteps) {
        this.models = models;
        this.cancelAfterSteps = cancelAfterSteps;
    }

    List<Double> progress() {
        return List.copyOf(progress);
    }

    List<Image> previews() {
        return List.copyOf(previews);
    }

    @Override
    public <T> Iterable<T> each(List<T> elements) {
        List<T> turns = List.copyOf(elements);
        return () ->
                new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                        if (next == turns.size() && next > 0) {
                            progress(1, "");
                        }
                        return next < turns.size();
                    }

                    @Override
                    public T next() {
                        checkCancelled();
                        steps.incrementAndGet();
                        if (next > 0) {
                            progress(next / (double) turns.size(), "step " + (next + 1) + " of " + turns.size());
                        }
                        return turns.get(next++);
                    }
                };
    }

    @Override
    public void progress(double fraction, String message) {
        progress.add(Math.clamp(fraction, 0, 1));
    }

    @Override
    public void preview(Supplier<Image> picture) {
        previews.add(picture.get());
    }

    @Override
    public boolean isCancelled() {
        return steps.get() >= cancelAfterSteps;
    }

    @Override
    public void checkCancelled() {
        if (isCancelled()) {
            throw new CancellationException("The test cancelled the run");
        }
    }

    @Override
    public Model model(ModelReference reference, String component) {
        return models.model(reference, component, this);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        return models.tokenizer(reference, component);
    }

    @Override
    public Config config(ModelReference reference, String component) {
        return models.config(reference, component);
    }

    @Override
    public List<String> components(ModelReference reference) {
        return models.components(reference);
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        return models.embeddingSpace(reference);
    }

    @Override
    public String owner() {
        return "test";
    }

    @Override
    public boolean isInteractive() {
        return true;
    }

    @Override
    public boolean isDeterministic() {
        return false;
    }

    @Override
    public <T> T away(Callable<T> wait) throws Exception {
        return wait.call();
    }

    @Override
    public void closeAtEnd(AutoCloseable resource) {
        resources.add(resource);
    }

    @Override
    public Path scratch() {
        try {
            if (scratch == null) {
                scratch = Files.createTempDirectory("diptych-test");
            }
            return scratch;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Logger log() {
        return LoggerFactory.getLogger("node.test");
    }

    @Override
    public void close() {
        for (AutoCloseable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException("Something that the node had opened cannot be closed", e);
            }
        }
        if (scratch == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(scratch)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
