// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.model.Model;
import dev.diptych.api.node.Node;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.execution.NodePool;
import dev.diptych.engine.execution.Run;
import dev.diptych.engine.execution.RunOptions;
import dev.diptych.engine.execution.RunResult;
import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.engine.graph.InputChecker;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.ClassLibrary;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;

/// Runs a workflow in a test, in this process and without a server: the document is read, migrated, checked, planned and executed as the server would,
/// but for the cache, which is empty each time.
///
/// ```java
/// var out = WorkflowRunner.ofPlugin().document(Path.of("workflows/old-photo.json")).with("image", Images.white(64, 64)).run();
/// assertThat(out.image("image").pixel(0, 0).luminance()).isLessThan(0.05);
/// ```
public final class WorkflowRunner {
    private final Set<Class<?>> classes = new LinkedHashSet<>();
    private final List<String> nested = new ArrayList<>();
    private final Map<String, Object> inputs = new LinkedHashMap<>();
    private final Set<String> only = new LinkedHashSet<>();
    private ModelProvider models = ModelProvider.none();
    private String name = "workflow";
    private String document = "";

    private WorkflowRunner() {}

    /// With these nodes.
    ///
    /// @throws dev.diptych.engine.plugin.SchemaException when it runs, if a node's declaration is wrong
    @SafeVarargs
    public static WorkflowRunner of(Class<? extends Node<?, ?>>... nodes) {
        return new WorkflowRunner().and(nodes);
    }

    /// With the nodes of the plugin under test, and of all other plugins on the class path of the test.
    ///
    /// @throws IllegalStateException if there are none: PF4J's annotation processor has not run
    public static WorkflowRunner ofPlugin() {
        WorkflowRunner runner = new WorkflowRunner();
        runner.classes.addAll(InstalledNodes.find(Thread.currentThread().getContextClassLoader()));
        return runner;
    }

    /// With these nodes too: a test's own, perhaps.
    @SafeVarargs
    public final WorkflowRunner and(Class<? extends Node<?, ?>>... nodes) {
        classes.addAll(List.of(nodes));
        return this;
    }

    /// What is run.
    ///
    /// @param json the document's text
    public WorkflowRunner document(String json) {
        document = json;
        return this;
    }

    /// What is run; messages carry the file's name.
    ///
    /// @throws UncheckedIOException if the file cannot be read
    public WorkflowRunner document(Path file) {
        name = String.valueOf(file.getFileName());
        return document(text(file));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A workflow that the document may nest. It is found by its name, whatever revision the document writes.
    public WorkflowRunner withNested(String json) {
        nested.add(json);
        return this;
    }

    /// An input of the workflow. A list for an input that is none runs the workflow for each element.
    ///
    /// @param value a picture or mask; a number, text or truth value; a seed; an enum constant; a model reference; a list of these
    public WorkflowRunner with(String input, Object value) {
        inputs.put(input, value);
        return this;
    }

    /// The models that nodes may ask for.
    public WorkflowRunner withModels(BiFunction<ModelReference, String, Model> provider) {
        return withModels(new GivenModels(provider));
    }

    /// The models that nodes may ask for, with their tokenizers and settings.
    public WorkflowRunner withModels(ModelProvider provider) {
        models = provider;
        return this;
    }

    /// Computes these outputs, and runs only what they need.
    public WorkflowRunner only(String... outputs) {
        only.addAll(List.of(outputs));
        return this;
    }

    /// @throws WorkflowException with all problems of the document, the inputs, or the run
    public WorkflowResult run() {
        ClassLibrary nodes = ClassLibrary.of(classes, "test");
        TestAssets assets = new TestAssets();
        try (NodePool pool = new NodePool(Math.min(4, Runtime.getRuntime().availableProcessors()))) {
            WorkflowReader reader = new WorkflowReader(TypeReader.of(nodes), StrictJson.DEFAULT_MAX_BYTES);
            WorkflowDocument read = new Migrations(nodes).upgrade(reader.read(document)).document();
            List<WorkflowDocument> inner = nested.stream().map(reader::read).toList();
            Planner planner = new Planner(nodes, reference -> named(reference, inner), Limits.DEFAULT);
            check(planner.validate(read));
            InputChecker.CheckedInputs checked = new InputChecker().check(read, new GivenLiterals(assets).of(inputs));
            Plan plan = planner.plan(read, only, checked.types());
            CallCounter calls = new CallCounter(nodes);
            WorkflowExecutor executor =
                    new WorkflowExecutor(
                            calls,
                            ResultCache.inMemory(Runtime.getRuntime().maxMemory() / 4),
                            pool,
                            models,
                            new Literals(assets, new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS)),
                            "test");
            Run run = executor.start(plan, checked.values(), RunOptions.of("test", name), calls);
            return result(await(run), calls);
        } catch (DocumentException e) {
            throw new WorkflowException(name, e.problems());
        }
    }

    private static Optional<WorkflowDocument> named(String reference, List<WorkflowDocument> documents) {
        return documents.stream().filter(inner -> reference.startsWith(inner.name() + "@")).findFirst();
    }

    private void check(List<Problem> problems) {
        if (!problems.isEmpty()) {
            throw new WorkflowException(name, problems);
        }
    }

    private static RunResult await(Run run) {
        try {
            return run.result().get();
        } catch (InterruptedException e) {
            run.cancel();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The test was interrupted while its workflow ran", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("The engine failed", e);
        }
    }

    private WorkflowResult result(RunResult ended, CallCounter calls) {
        if (ended.status() != RunResult.Status.SUCCEEDED) {
            WorkflowException failure = new WorkflowException(name, ended.problems());
            calls.thrown().forEach(failure::addSuppressed);
            throw failure;
        }
        LinkedHashMap<String, Object> outputs = new LinkedHashMap<>();
        ended.outputs().forEach((output, value) -> outputs.put(output, value.value()));
        return new WorkflowResult(Collections.unmodifiableSequencedMap(outputs), calls.calls());
    }
}
