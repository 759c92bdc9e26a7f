// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.document.Problem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

@Timeout(60)
final class WorkflowRunnerTest {
    private static final String TWICE =
            """
            {"diptych": 1, "name": "twice",
             "inputs": {"image": {"type": "image"}, "where": {"type": "mask"}, "strength": {"type": "number", "default": 0.5, "min": 0, "max": 1}},
             "nodes": {
               "first": {"type": "test/dim", "version": 2, "in": {"image": {"input": "image"}, "strength": {"input": "strength"}}},
               "second": {"type": "test/dim", "version": 2, "in": {"image": {"node": "first", "out": "image"}, "strength": {"value": 1}, "where": {"input": "where"}}}},
             "outputs": {"half": {"node": "first", "out": "image"}, "masked": {"node": "second", "out": "image"}}}
            """;
    private static final String DESCRIBE =
            """
            {"diptych": 1, "name": "describe",
             "inputs": {"text": {"type": "text", "default": "t"}, "seed": {"type": "seed", "default": 7}, "flag": {"type": "boolean", "default": true},
                        "mode": {"type": "choice", "options": ["plain", "soft-light"], "default": "plain"}, "model": {"type": "model", "default": "a/b"},
                        "count": {"type": "integer", "default": 1}},
             "nodes": {"a": {"type": "test/describe", "version": 1, "in": {"text": {"input": "text"}, "seed": {"input": "seed"}, "flag": {"input": "flag"},
                        "mode": {"input": "mode"}, "model": {"input": "model"}, "integer": {"input": "count"}}}},
             "outputs": {"text": {"node": "a", "out": "text"}, "flag": {"node": "a", "out": "flag"}, "mode": {"node": "a", "out": "mode"},
                         "count": {"node": "a", "out": "integer"}, "place": {"node": "a", "out": "place"}}}
            """;
    private static final String FAIL =
            """
            {"diptych": 1, "name": "fail",
             "nodes": {"one": {"type": "test/fail", "version": 1, "in": {"how": {"value": "user"}}},
                       "two": {"type": "test/fail", "version": 1, "in": {"how": {"value": "bug"}}}},
             "outputs": {"one": {"node": "one", "out": "text"}, "two": {"node": "two", "out": "text"}}}
            """;

    private final Mask right = Mask.ofBytes(2, 1, new byte[] {0, -1});

    @Test
    void runs_a_document_over_node_classes() {
        WorkflowResult out =
                WorkflowRunner.of(TestNodes.Dim.class)
                        .document(TWICE)
                        .with("image", Images.white(2, 1))
                        .with("where", right)
                        .run();

        assertThat(out.outputs().keySet()).containsExactly("half", "masked");
        Pixel grey = new Pixel(128 / 255.0, 128 / 255.0, 128 / 255.0);
        assertThat(out.image("half").pixel(1, 0)).isEqualTo(grey);
        assertThat(out.image("masked").pixel(0, 0)).isEqualTo(grey);
        assertThat(out.image("masked").pixel(1, 0)).isEqualTo(Pixel.BLACK);
        assertThat(out.calls()).isEqualTo(Map.of("first", 1, "second", 1));
    }

    @Test
    void runs_a_file_over_the_plugin_under_test(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("twice.json"), TWICE);

        WorkflowResult out =
                WorkflowRunner.ofPlugin()
                        .document(file)
                        .with("image", Images.white(2, 1))
                        .with("where", right)
                        .with("strength", 1)
                        .run();

        assertThat(out.image("half")).isEqualTo(Images.filled(2, 1, Pixel.BLACK));
        assertThatThrownBy(() -> WorkflowRunner.ofPlugin().document(file).run()).hasMessageStartingWith("twice.json: ");
    }

    @Test
    void pictures_and_masks_arrive_as_they_were_given() {
        Image image = Images.random(5, 3, 4, 1);
        Mask mask = Mask.ofBytes(3, 1, new byte[] {0, 100, -1});

        String document =
                """
                {"diptych": 1, "name": "same", "inputs": {"image": {"type": "image"}, "mask": {"type": "mask"}},
                 "nodes": {}, "outputs": {"image": {"input": "image"}, "mask": {"input": "mask"}}}
                """;
        WorkflowResult out = WorkflowRunner.of().document(document).with("image", image).with("mask", mask).run();

        assertThat(out.image("image")).isEqualTo(image);
        assertThat(out.mask("mask")).isEqualTo(mask);
    }

    @Test
    void takes_values_as_a_test_writes_them() {
        WorkflowResult out =
                WorkflowRunner.ofPlugin()
                        .document(DESCRIBE)
                        .with("text", "given")
                        .with("seed", new Seed(-1))
                        .with("flag", false)
                        .with("mode", TestNodes.Mode.SOFT_LIGHT)
                        .with("model", "c/d")
                        .with("count", 5)
                        .run();

        assertThat(out.text("text")).isEqualTo("given c/d 18446744073709551615");
        assertThat(out.bool("flag")).isFalse();
        assertThat(out.text("mode")).isEqualTo("soft-light");
        assertThat(out.integer("count")).isEqualTo(5);
        assertThat(out.record("place", TestNodes.Place.class))
                .isEqualTo(new TestNodes.Place(0, 0, TestNodes.Mode.PLAIN));
        assertThatThrownBy(() ->
                        WorkflowRunner.ofPlugin()
                                .document(DESCRIBE)
                                .with("text", Tensor.ofFloats(new float[1], 1))
                                .run())
                .hasMessage("Input \"text\": a Tensor cannot be given to a workflow; let a node of the test make it");
    }

    @Test
    void a_list_runs_the_workflow_for_each_element() {
        WorkflowResult out = WorkflowRunner.ofPlugin().document(DESCRIBE).with("text", List.of("a", "b")).run();

        assertThat(out.list("text", String.class)).containsExactly("a a/b 7", "b a/b 8");
        assertThat(out.calls()).containsEntry("a", 2);
        assertThatThrownBy(() -> out.list("text", Image.class))
                .isInstanceOf(AssertionError.class)
                .hasMessage("\"text\" is a list with a String in it, Image is expected");
    }

    @Test
    void runs_only_what_the_wanted_outputs_need() {
        WorkflowResult out =
                WorkflowRunner.of(TestNodes.Dim.class)
                        .document(TWICE)
                        .with("image", Images.white(2, 1))
                        .with("where", right)
                        .only("half")
                        .run();

        assertThat(out.outputs().keySet()).containsExactly("half");
        assertThat(out.calls()).containsOnlyKeys("first");
    }

    @Test
    void finds_the_assets_of_plugins_and_the_workflows_that_it_was_given() {
        String outer =
                """
                {"diptych": 1, "name": "outer",
                 "nodes": {"inner": {"type": "workflow:inner@0123456789ab", "version": 1, "in": {"image": {"value": "asset:test/pictures/red.png"}}}},
                 "outputs": {"image": {"node": "inner", "out": "image"}}}
                """;
        String inner =
                """
                {"diptych": 1, "name": "inner", "inputs": {"image": {"type": "image"}},
                 "nodes": {"dim": {"type": "test/dim", "version": 1, "in": {"image": {"input": "image"}, "strength": {"value": 100}}}},
                 "outputs": {"image": {"node": "dim", "out": "image"}}}
                """;

        Image image = WorkflowRunner.ofPlugin().document(outer).withNested(inner).run().image("image");

        assertThat(image).isEqualTo(Images.filled(2, 2, Pixel.BLACK));
    }

    @Test
    void models_are_the_tests_to_give() {
        String document =
                """
                {"diptych": 1, "name": "ask", "nodes": {"ask": {"type": "test/ask", "version": 1, "in": {"model": {"value": "a/b"}}}},
                 "outputs": {"answer": {"node": "ask", "out": "answer"}}}
                """;

        WorkflowResult out =
                WorkflowRunner.ofPlugin()
                        .and(TestNodes.Ask.class)
                        .document(document)
                        .withModels((reference, component) -> new FakeModel(inputs -> Map.of("y", inputs.get("x"))))
                        .run();

        assertThat(out.output("answer", Tensor.class).floats()).containsExactly(2);
    }

    @Test
    void all_problems_of_a_document_are_told_at_once() {
        String document =
                """
                {"diptych": 1, "name": "wrong",
                 "nodes": {"a": {"type": "test/dim", "version": 2, "in": {"strength": {"value": 2}}},
                           "b": {"type": "test/unknown", "version": 1, "in": {}}},
                 "outputs": {"text": {"node": "a", "out": "image"}}}
                """;

        assertThatThrownBy(() -> WorkflowRunner.ofPlugin().document(document).run())
                .isInstanceOfSatisfying(
                        WorkflowException.class,
                        e ->
                                assertThat(e.problems())
                                        .extracting(Problem::code)
                                        .contains("engine/unknown-node-type", "engine/out-of-range"))
                .hasMessageStartingWith("workflow: 3 problems\n  node \"");
    }

    @Test
    void inputs_that_do_not_fit_are_told() {
        assertThatThrownBy(
                        () -> WorkflowRunner.ofPlugin().document(TWICE).with("strength", 3).with("colour", "red").run())
                .isInstanceOfSatisfying(
                        WorkflowException.class,
                        e ->
                                assertThat(e.problems())
                                        .extracting(Problem::port)
                                        .containsExactlyInAnyOrder("strength", "colour", "image", "where"));
    }

    @Test
    void what_nodes_threw_comes_with_the_problems() {
        assertThatThrownBy(() -> WorkflowRunner.of(TestNodes.Fail.class).document(FAIL).run())
                .isInstanceOfSatisfying(
                        WorkflowException.class,
                        e -> {
                            assertThat(e.problems())
                                    .extracting(Problem::code)
                                    .containsExactlyInAnyOrder("test/told-to", "engine/node-threw");
                            assertThat(e.getSuppressed())
                                    .extracting(Throwable::getCause)
                                    .anySatisfy(cause ->
                                            assertThat(cause)
                                                    .isInstanceOf(IllegalStateException.class)
                                                    .hasMessage("a bug"));
                        })
                .hasMessageContaining("workflow: 2 problems\n  node \"")
                .hasMessageContaining("It was told to fail. Tell it something else.");
    }

    @Test
    void a_class_path_without_a_plugin_is_told_with_what_the_build_lacks() throws IOException {
        try (URLClassLoader empty = new URLClassLoader(new URL[0], null)) {
            assertThatThrownBy(() -> InstalledNodes.find(empty))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Name PF4J in <annotationProcessorPaths>");
        }
    }
}
