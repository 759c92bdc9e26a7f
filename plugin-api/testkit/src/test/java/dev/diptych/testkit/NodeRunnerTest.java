// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.plugin.SchemaException;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

final class NodeRunnerTest {
    @Test
    void runs_a_node_with_its_defaults() {
        NodeResult out = NodeRunner.of(TestNodes.Describe.class).run();

        assertThat(out.text("text")).isEqualTo("word test/model 7");
        assertThat(out.number("number")).isEqualTo(1.5);
        assertThat(out.integer("integer")).isEqualTo(3);
        assertThat(out.number("integer")).isEqualTo(3.0);
        assertThat(out.bool("flag")).isTrue();
        assertThat(out.text("mode")).isEqualTo("plain");
        assertThat(out.list("words", String.class)).isEmpty();
    }

    @Test
    void takes_values_as_a_test_writes_them() {
        NodeResult out =
                NodeRunner.of(TestNodes.Describe.class)
                        .with("text", "given")
                        .with("number", 2)
                        .with("integer", (short) 4)
                        .with("flag", false)
                        .with("mode", TestNodes.Mode.SOFT_LIGHT)
                        .with("seed", -1L)
                        .with("model", "other/model")
                        .with("numbers", List.of(1, 2.5f))
                        .with("place", new TestNodes.Place(0.5, 2, TestNodes.Mode.SOFT_LIGHT))
                        .run();

        assertThat(out.text("text")).isEqualTo("given other/model 18446744073709551615");
        assertThat(out.number("number")).isEqualTo(2);
        assertThat(out.integer("integer")).isEqualTo(4);
        assertThat(out.bool("flag")).isFalse();
        assertThat(out.text("mode")).isEqualTo("soft-light");
        assertThat(out.list("words", String.class)).containsExactly("1.0", "2.5");
        assertThat(out.record("place", TestNodes.Place.class))
                .isEqualTo(new TestNodes.Place(0.5, 2, TestNodes.Mode.SOFT_LIGHT));
    }

    @Test
    void refuses_what_the_engine_would_refuse() {
        NodeRunner runner = NodeRunner.of(TestNodes.Describe.class);

        assertThatThrownBy(() -> runner.with("txt", "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("test/describe has no input \"txt\", it has [text, number, ");
        assertThatThrownBy(() -> runner.with("number", 9.5))
                .hasMessage("Input \"number\": number is needed, Double 9.5 is given; 0.0 … 9.0 is allowed");
        assertThatThrownBy(() -> runner.with("integer", 1.5))
                .hasMessageContaining("integer is needed, Double 1.5 is given");
        assertThatThrownBy(() -> runner.with("text", Images.white(1, 1)))
                .hasMessage("Input \"text\": text is needed, Image is given");
        assertThatThrownBy(() -> runner.with("mode", "loud"))
                .hasMessage("Input \"mode\": choice is needed, String loud is given; it is one of [plain, soft-light]");
        assertThatThrownBy(() -> runner.with("numbers", List.of(1, "two")))
                .hasMessageContaining("list of number is needed");
        assertThatThrownBy(() -> runner.with("place", Map.of("x", 1.0))).hasMessageContaining("test/place is needed");
    }

    @Test
    void a_missing_input_is_told_as_the_engine_tells_it() {
        assertThatThrownBy(() -> NodeRunner.of(TestNodes.Dim.class).run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.kind()).isEqualTo(ErrorKind.USER);
                            assertThat(e.code()).isEqualTo("engine/input-missing");
                        });
    }

    @Test
    void an_optional_port_is_empty_or_has_its_value() {
        Image white = Images.white(2, 1);
        NodeRunner runner = NodeRunner.of(TestNodes.Dim.class).with("image", white).with("strength", 1);

        assertThat(runner.run().image("image")).isEqualTo(Images.filled(2, 1, Pixel.BLACK));
        Image half = runner.with("where", Mask.ofBytes(2, 1, new byte[] {0, -1})).run().image("image");
        assertThat(half.pixel(0, 0)).isEqualTo(Pixel.WHITE);
        assertThat(half.pixel(1, 0)).isEqualTo(Pixel.BLACK);
    }

    @Test
    void records_progress_and_previews() {
        Image white = Images.white(2, 1);

        NodeResult out = NodeRunner.of(TestNodes.Dim.class).with("image", white).with("steps", 4).run();

        assertThat(out.progress()).containsExactly(0.25, 0.5, 0.75, 1.0);
        assertThat(out.previews()).hasSize(4).containsOnly(white);
    }

    @Test
    void cancels_before_a_step() {
        NodeRunner runner = NodeRunner.of(TestNodes.Dim.class).with("image", Images.white(1, 1)).with("steps", 3);

        assertThatThrownBy(() -> runner.cancelledAfter(2).run()).isInstanceOf(CancellationException.class);
        assertThat(runner.cancelledAfter(3).run().outputs()).containsKey("image");
    }

    @Test
    void errors_pass_and_what_else_is_thrown_counts_as_the_plugins_fault() {
        NodeRunner runner = NodeRunner.of(TestNodes.Fail.class);

        assertThatThrownBy(() -> runner.with("how", "user").run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("test/told-to");
                            assertThat(e.next()).contains("Tell it something else.");
                        });
        assertThatThrownBy(() -> runner.with("how", "bug").run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.kind()).isEqualTo(ErrorKind.PLUGIN);
                            assertThat(e.code()).isEqualTo("engine/node-threw");
                            assertThat(e.getCause()).isInstanceOf(IllegalStateException.class).hasMessage("a bug");
                        });
        assertThatThrownBy(() -> runner.with("how", "null").run())
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/node-returned-null"));
    }

    @Test
    void the_scratch_folder_is_gone_afterwards() {
        Path file = Path.of(NodeRunner.of(TestNodes.Scratch.class).run().text("file"));

        assertThat(file).doesNotExist();
        assertThat(file.getParent().getParent()).doesNotExist();
    }

    @Test
    void models_are_the_tests_to_give() {
        NodeRunner runner = NodeRunner.of(TestNodes.Ask.class).with("model", "test/double");

        assertThatThrownBy(runner::run)
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/no-models"));
        NodeResult out =
                runner.withModels((reference, component) ->
                                new FakeModel(inputs ->
                                        Map.of("y", Tensor.ofFloats(new float[] {2 * inputs.get("x").floats()[0]}, 1))))
                        .run();
        assertThat(out.output("answer", Tensor.class).floats()).containsExactly(4);
    }

    @NodeType(id = "test/wrong", title = "Wrong", group = "Test")
    public static final class Wrong implements Node<Wrong.In, Wrong.Out> {
        public record In(Thread thread) {}

        public record Out(String text) {}

        @Override
        public Out run(In in, NodeContext context) {
            return new Out("");
        }
    }

    @Test
    void a_wrong_declaration_fails_at_once() {
        assertThatThrownBy(() -> NodeRunner.of(Wrong.class))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("Wrong, In.thread: a port cannot have the type java.lang.Thread");
    }

    @Test
    void a_getter_tells_what_is_there() {
        NodeResult out = NodeRunner.of(TestNodes.Fail.class).with("how", "well").run();

        assertThatThrownBy(() -> out.text("txt"))
                .isInstanceOf(AssertionError.class)
                .hasMessage("The outputs are [text]; \"txt\" is not among them, String is expected");
        assertThatThrownBy(() -> out.image("text"))
                .hasMessage("The outputs are [text]; \"text\" is a String, Image is expected");
    }
}
