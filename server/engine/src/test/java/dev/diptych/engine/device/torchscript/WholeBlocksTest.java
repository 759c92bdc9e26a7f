// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("JavaLangClash")
class WholeBlocksTest {
    static final class Convolving extends Module {
        final Conv2d conv;

        Convolving(int channels, int kernel) {
            conv = new Conv2d(channels, 4, kernel);
        }
    }

    /// Blocks are of 8 channels on some machines: stable-diffusion-inpainting begins with a convolution of 9.
    @ParameterizedTest
    @CsvSource({"9, 3, 7", "15, 3, 1", "24, 3, 8", "17, 5, 15"})
    void fills_the_last_block_with_zeros(int channels, int kernel, int missing) {
        assertThat(program(channels, kernel))
                .contains("torch.constant_pad_nd(in0, [0, 0, 0, 0, 0, " + missing + "])")
                .contains("torch.constant_pad_nd(p[0], [0, 0, 0, 0, 0, " + missing + ", 0, 0])");
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "8, 3", "16, 3", "32, 3", "24, 1"})
    void leaves_whole_blocks_and_single_pixels_alone(int channels, int kernel) {
        assertThat(program(channels, kernel)).doesNotContain("constant_pad_nd");
    }

    private static String program(int channels, int kernel) {
        Network network =
                Network.of(new Convolving(channels, kernel))
                        .function(
                                "forward",
                                (module, f) ->
                                        f.output(
                                                "y",
                                                module.conv.of(f.input("x", f.batch(), channels, f.size("height"), 8))))
                        .network();
        return Program.of(network, NumberFormat.FLOAT32, "cpu").text();
    }
}
