// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

@SuppressWarnings("JavaLangClash")
class SymbolTest {
    static final class Layers extends Module {
        final List<Block> downBlocks = List.of(new Block());
        final Embedding table = new Embedding(10, 6);
    }

    static final class Block extends Module {
        final Conv2d conv1 = new Conv2d(64, 128, 3);
        final Conv2d downsample = new Conv2d(64, 64, 3, 2, 1);
        final Linear proj = new Linear(64, 32);
        final GroupNorm norm = new GroupNorm(32, 64);
        final LayerNorm normOut = new LayerNorm(64);
    }

    @Test
    void a_convolution_of_other_channels_names_the_module_and_both_shapes() {
        assertThatThrownBy(() -> picture(96, (layers, x) -> layers.downBlocks.getFirst().conv1.of(x)))
                .isInstanceOf(DescriptionException.class)
                .hasMessage("down_blocks.0.conv1: input has 96 channels, 64 expected (weight (128, 64, 3, 3))");
    }

    @Test
    void each_layer_names_itself_what_it_got_and_what_it_needs() {
        assertThatThrownBy(() -> tokens(48, (layers, x) -> layers.downBlocks.getFirst().proj.of(x)))
                .hasMessage("down_blocks.0.proj: input has 48 features, 64 expected (weight (32, 64))");
        assertThatThrownBy(() -> picture(48, (layers, x) -> layers.downBlocks.getFirst().norm.of(x)))
                .hasMessage("down_blocks.0.norm: input has 48 channels, 64 expected (weight (64))");
        assertThatThrownBy(() -> tokens(48, (layers, x) -> layers.downBlocks.getFirst().normOut.of(x)))
                .hasMessageContaining("down_blocks.0.norm_out: input has shape [batch, tokens, 48], [64]");
        assertThatThrownBy(() -> tokens(6, (layers, x) -> layers.table.of(x)))
                .hasMessageContaining("table: input has FLOAT elements, int64 expected");
    }

    @Test
    void pictures_of_every_size_pass_a_level_and_come_back_to_their_size() {
        Symbol y =
                picture(
                        64,
                        (layers, x) -> {
                            Symbol half = layers.downBlocks.getFirst().downsample.of(x);
                            return half.resizeNearest(x.size(2), x.size(3)).plus(x);
                        });

        assertThat(y.shape()).hasToString("[batch, 64, height, width]");
    }

    @Test
    void an_even_size_halved_and_doubled_is_known_to_fit() {
        Symbol y =
                describe(
                        f -> f.input("x", f.batch(), 64, f.size("height", 2), f.size("width", 2)),
                        (layers, x) -> layers.downBlocks.getFirst().downsample.of(x).upsampleNearest(2).plus(x));

        assertThat(y.shape()).hasToString("[batch, 64, height, width]");
    }

    @Test
    void sizes_that_are_known_to_differ_are_refused_with_both_shapes() {
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.plus(x.slice(1, 0, 3).slice(2, 0, 2))))
                .isInstanceOf(DescriptionException.class)
                .hasMessageContaining("[batch, tokens, 4]")
                .hasMessageContaining("[batch, 3, 2]");
        assertThatThrownBy(() -> tokens(4, (_, x) -> Symbol.concatenate(1, x, x.repeat(1, 1, 2))))
                .hasMessageContaining("concatenated");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.matmul(x.slice(1, 0, 3))))
                .hasMessageContaining("cannot be multiplied");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.chunk(3, 2)[0])).hasMessageContaining("3 equal parts");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.reshape(x.size(0), x.size(1), 5)))
                .hasMessageContaining("cannot take the shape");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.select(3, 0))).hasMessageContaining("no dimension 3");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.permute(0, 1, 1))).hasMessageContaining("permuted");
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.attention(x.slice(2, 0, 2), x)))
                .hasMessageContaining("[batch, tokens, 2]");
    }

    @Test
    void heads_are_split_and_joined_without_losing_the_tokens() {
        Symbol y =
                tokens(
                        24,
                        (_, x) -> {
                            Symbol split = x.unflatten(2, 4, -1).transpose(1, 2);
                            assertThat(split.shape()).hasToString("[batch, 4, tokens, 6]");
                            return split.attention(split, split).transpose(1, 2).flatten(2, 3);
                        });

        assertThat(y.shape()).hasToString("[batch, tokens, 24]");
    }

    @Test
    void the_frames_of_videos_are_counted_out_and_back() {
        Symbol y =
                describe(
                        f -> {
                            f.input("times", f.batch(), f.size("frames"));
                            return f.input("x", f.batch().times(f.size("frames")), 64, 8, 8);
                        },
                        (_, x) -> {
                            Symbol videos = x.unflatten(0, -1, x.function().size("frames"));
                            assertThat(videos.shape()).hasToString("[batch, frames, 64, 8, 8]");
                            return videos.flatten(0, 1);
                        });

        assertThat(y.shape().getFirst()).isEqualTo(y.function().batch().times(y.function().size("frames")));
    }

    @Test
    void elements_of_another_type_are_refused_or_promoted() {
        assertThatThrownBy(() -> tokens(64, (layers, x) -> layers.downBlocks.getFirst().proj.of(x.toFloat32())))
                .hasMessageContaining("FLOAT32 elements")
                .hasMessageContaining("toFloat()");
        assertThat(tokens(4, (_, x) -> x.plus(x.toFloat32())).type()).isEqualTo(SymbolType.FLOAT32);
        assertThat(tokens(4, (_, x) -> x.atLeast(0).choose(x, x.negated())).type()).isEqualTo(SymbolType.FLOAT);
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.choose(x, x))).hasMessageContaining("condition");
    }

    @ParameterizedTest
    @CsvSource({
        "pad, '[batch, tokens, 7]'",
        "every, '[batch, tokens, 2]'",
        "mean, '[batch, tokens]'",
        "stack, '[batch, tokens, 4, 2]'"
    })
    void shapes_follow_pytorch(String operation, String shape) {
        UnaryOperator<Symbol> applied =
                switch (operation) {
                    case "pad" -> x -> x.pad(0, 1, 2);
                    case "every" -> x -> x.every(2, -1);
                    case "mean" -> x -> x.mean(false, -1);
                    default -> x -> Symbol.stack(-1, x, x);
                };

        assertThat(tokens(4, (_, x) -> applied.apply(x)).shape()).hasToString(shape);
    }

    @Test
    void a_loop_whose_variable_changes_its_shape_is_refused() {
        assertThatThrownBy(() -> tokens(4, (_, x) -> x.function().loop(3, x, each -> each.repeat(1, 1, 2))))
                .isInstanceOf(DescriptionException.class)
                .hasMessageContaining("[batch, tokens, 4]")
                .hasMessageContaining("[batch, tokens, 8]");
    }

    private interface Computation {
        Symbol of(Layers layers, Symbol x);
    }

    /// (batch, channels, height, width)
    private static Symbol picture(int channels, Computation computation) {
        return describe(f -> f.input("x", f.batch(), channels, f.size("height"), f.size("width")), computation);
    }

    /// (batch, tokens, width)
    private static Symbol tokens(int width, Computation computation) {
        return describe(f -> f.input("x", f.batch(), f.size("tokens"), width), computation);
    }

    private static Symbol describe(Function<FunctionScope, Symbol> input, Computation computation) {
        List<Symbol> results = new java.util.ArrayList<>();
        Network.of(new Layers())
                .function(
                        "forward",
                        (layers, f) -> {
                            results.add(computation.of(layers, input.apply(f)));
                            f.output("y", results.getFirst());
                        });
        return results.getFirst();
    }
}
