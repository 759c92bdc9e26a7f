// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelCall;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What one call of a node may ask of the engine, and on whose behalf it calls models.
final class CallContext implements NodeContext, CallScope, AutoCloseable {
    private static final long PREVIEW_NANOS = 100_000_000;

    private final String node;
    private final RunListener listener;
    private final BooleanSupplier cancelled;
    private final WorkflowExecutor executor;
    private final Logger log;
    private final long startedAt = System.nanoTime();
    private long previewedAt = startedAt - PREVIEW_NANOS;
    private final RunOptions options;
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final AtomicLong computingSince = new AtomicLong();
    private DeviceUse deviceUse = DeviceUse.NONE;
    private @Nullable Path scratch;

    CallContext(
            String node,
            String type,
            RunListener listener,
            BooleanSupplier cancelled,
            WorkflowExecutor executor,
            RunOptions options) {
        this.options = options;
        this.node = node;
        this.listener = listener;
        this.cancelled = cancelled;
        this.executor = executor;
        this.log = LoggerFactory.getLogger("node." + type.replace('/', '.'));
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
                        if (next > 0) {
                            progress(next / (double) turns.size(), "step " + (next + 1) + " of " + turns.size());
                        }
                        return turns.get(next++);
                    }
                };
    }

    @Override
    public void progress(double fraction, String message) {
        double done = Math.clamp(fraction, 0, 1);
        Duration left = null;
        if (done > 0.01) {
            left = Duration.ofNanos((long) ((System.nanoTime() - startedAt) / done * (1 - done)));
        }
        listener.progress(node, done, message, left);
    }

    @Override
    public synchronized void preview(Supplier<Image> picture) {
        long now = System.nanoTime();
        if (now - previewedAt >= PREVIEW_NANOS && listener.wantsPreview(node)) {
            previewedAt = now;
            listener.preview(node, picture.get());
        }
    }

    @Override
    public void computing(boolean isComputing) {
        computingSince.set(isComputing ? Math.max(1, System.nanoTime()) : 0);
    }

    String node() {
        return node;
    }

    /// How long a device has computed for this call of the node without returning; empty if none does now.
    Optional<Duration> deviceCall() {
        long since = computingSince.get();
        return since == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(System.nanoTime() - since));
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    @Override
    public void checkCancelled() {
        if (isCancelled()) {
            throw new CancellationException("The job was cancelled");
        }
    }

    @Override
    public Model model(ModelReference reference, String component) {
        return executor.models().model(reference, component, this);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        return executor.models().tokenizer(reference, component);
    }

    @Override
    public Config config(ModelReference reference, String component) {
        return executor.models().config(reference, component);
    }

    @Override
    public List<String> components(ModelReference reference) {
        return executor.models().components(reference);
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        return executor.models().embeddingSpace(reference);
    }

    @Override
    public synchronized Path scratch() {
        try {
            if (scratch == null) {
                scratch = Files.createTempDirectory("diptych-node");
            }
            return scratch;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Logger log() {
        return log;
    }

    @Override
    public String owner() {
        return options.owner();
    }

    @Override
    public boolean isInteractive() {
        return listener.isWatched();
    }

    @Override
    public boolean isDeterministic() {
        return options.deterministic();
    }

    @Override
    public <T> T away(Callable<T> wait) throws Exception {
        return executor.pool().away(wait);
    }

    @Override
    public synchronized void called(ModelCall call) {
        deviceUse = deviceUse.plus(call);
    }

    /// What it had of devices until now.
    synchronized DeviceUse deviceUse() {
        return deviceUse;
    }

    @Override
    public synchronized void closeAtEnd(AutoCloseable resource) {
        resources.add(resource);
    }

    /// Closes what was to be closed, and deletes the scratch folder.
    @Override
    public synchronized void close() {
        for (AutoCloseable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                log.warn("Something that the node had opened cannot be closed", e);
            }
        }
        resources.clear();
        if (scratch == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(scratch)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> {
                        if (!file.toFile().delete()) {
                            log.warn("The scratch file {} cannot be deleted", file);
                        }
                    });
        } catch (IOException | UncheckedIOException e) {
            log.warn("The scratch folder {} cannot be deleted", scratch, e);
        }
    }
}
