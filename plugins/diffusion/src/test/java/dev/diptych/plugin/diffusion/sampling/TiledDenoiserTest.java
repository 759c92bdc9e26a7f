// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

class TiledDenoiserTest {
    private static final int MULTIPLE = 4;
    private static final int OVERLAP = 16;

    private final List<TiledDenoiser.Region> seen = new ArrayList<>();

    /// Sums over squares of pixels, outside of the picture black, as convolutions have them; each looks `reach` pixels far.
    private static Tensor blurred(Tensor x, int reach) {
        int height = x.size(2);
        int width = x.size(3);
        float[] out = new float[x.length()];
        for (int i = 0; i < out.length; i++) {
            int plane = i / (height * width);
            for (int y = i / width % height - reach; y <= i / width % height + reach; y++) {
                for (int column = i % width - reach; column <= i % width + reach; column++) {
                    if (y >= 0 && y < height && column >= 0 && column < width) {
                        out[i] += x.floats()[(plane * height + y) * width + column];
                    }
                }
            }
        }
        return Tensor.ofFloats(out, x.shape());
    }

    /// A network on a device that has memory for so many pixels.
    private TiledDenoiser.Regional network(int reach, int pixels) {
        return (x, _, region) -> {
            assertThat(x.shape()).endsWith(region.height(), region.width());
            if (x.size(2) * x.size(3) > pixels) {
                throw NodeException.resource("device/out-of-memory", "Too many pixels");
            }
            seen.add(region);
            return blurred(x, reach);
        };
    }

    private TiledDenoiser tiled(int reach, int pixels) {
        return TiledDenoiser.of(network(reach, pixels), MULTIPLE, OVERLAP);
    }

    private static Tensor noise(int height, int width) {
        return new Seed(1).generator().normal(2, 3, height, width);
    }

    private static double difference(Tensor a, Tensor b) {
        double worst = 0;
        for (int i = 0; i < a.length(); i++) {
            worst = Math.max(worst, Math.abs(a.floats()[i] - b.floats()[i]));
        }
        return worst;
    }

    @Test
    void a_picture_that_fits_is_shown_as_a_whole() {
        Tensor x = noise(64, 80);
        TiledDenoiser denoiser = tiled(2, 80 * 64);

        assertThat(denoiser.predict(x, 1).floats()).isEqualTo(blurred(x, 2).floats());
        assertThat(seen).containsExactly(new TiledDenoiser.Region(0, 0, 64, 80));
        assertThat(denoiser.tiling().regions()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"64, 80, 2500", "64, 80, 1100", "36, 120, 1600", "120, 36, 1600", "68, 68, 2000"})
    void tiles_give_the_same_where_the_network_looks_no_further_than_a_quarter_of_the_overlap(
            int height, int width, int pixels) {
        Tensor x = noise(height, width);
        TiledDenoiser denoiser = tiled(OVERLAP / 4, pixels);
        Tensor whole = blurred(x, OVERLAP / 4);

        assertThat(difference(denoiser.predict(x, 1), whole)).isLessThan(1e-4);
        assertThat(denoiser.tiling().regions()).hasSizeGreaterThan(1).isEqualTo(seen);
        assertThat(seen)
                .allMatch(each ->
                        each.top() % MULTIPLE == 0
                                && each.left() % MULTIPLE == 0
                                && each.height() * each.width() <= pixels);
    }

    @Test
    void a_network_that_looks_further_is_disturbed_near_seams_only() {
        Tensor x = noise(64, 112);
        TiledDenoiser denoiser = tiled(OVERLAP / 4 + 2, 64 * 64);
        Tensor made = denoiser.predict(x, 1);
        Tensor whole = blurred(x, OVERLAP / 4 + 2);

        assertThat(denoiser.tiling().lefts()).containsExactly(0, 48);
        assertThat(difference(made, whole)).isGreaterThan(1e-2);
        for (int i = 0; i < whole.length(); i++) {
            int column = i % 112;
            if (column < 48 || column >= 64) {
                assertThat(made.floats()[i]).isCloseTo(whole.floats()[i], org.assertj.core.data.Offset.offset(1e-4f));
            }
        }
    }

    @Test
    void later_steps_begin_with_the_tiles_that_fitted() {
        Tensor x = noise(64, 80);
        TiledDenoiser denoiser = tiled(2, 1500);
        denoiser.predict(x, 1);
        int tiles = seen.size();

        denoiser.predict(x, 0);

        assertThat(seen).hasSize(2 * tiles);
    }

    @Test
    void gives_up_when_the_smallest_tiles_do_not_fit_and_at_any_other_error() {
        Tensor x = noise(64, 80);

        assertThatThrownBy(() -> tiled(2, 600).predict(x, 1))
                .isInstanceOfSatisfying(
                        NodeException.class, error -> assertThat(error.code()).isEqualTo("device/out-of-memory"));
        assertThatThrownBy(() ->
                        TiledDenoiser.of(
                                        (_, _, _) -> {
                                            throw NodeException.user("model/other", "Something else");
                                        },
                                        MULTIPLE,
                                        OVERLAP)
                                .predict(x, 1))
                .isInstanceOf(NodeException.class)
                .hasMessage("Something else");
    }
}
