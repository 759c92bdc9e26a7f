// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;

class PaintMaskTest {
    private static Tensor row(float... values) {
        return Tensor.ofFloats(values, 1, 1, 1, values.length);
    }

    @Test
    void counts_a_half_and_more_as_all() {
        assertThat(PaintMask.binarized(row(0, 0.49f, 0.5f, 1)).pixels()).isEqualTo(row(0, 0, 1, 1));
    }

    @Test
    void takes_the_first_pixel_of_each_square() {
        assertThat(PaintMask.binarized(row(1, 0, 0, 1, 0, 0)).reduced(1).pixels()).isEqualTo(row(1, 0, 0, 1, 0, 0));
        Tensor square = Tensor.ofFloats(new float[] {1, 0, 0, 1, 0, 1, 1, 0}, 1, 1, 2, 4);

        assertThat(new PaintMask(square).reduced(2).pixels()).isEqualTo(row(1, 0));
    }

    @Test
    void mixes_all_channels_and_all_pictures_by_one_mask() {
        Tensor kept = Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 1, 2);
        Tensor painted = Tensor.ofFloats(new float[] {-1, -2, -3, -4, -5, -6, -7, -8}, 2, 2, 1, 2);

        assertThat(new PaintMask(row(0, 1)).mixed(kept, painted).floats()).containsExactly(1, -2, 3, -4, 5, -6, 7, -8);
    }

    @Test
    void cuts_what_is_painted_to_middle_grey() {
        assertThat(new PaintMask(row(0, 1)).cutFrom(row(0.3f, 0.7f))).isEqualTo(row(0.3f, 0));
    }
}
