// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;

import java.util.Map;

class CasePicturesTest {
    private static CasePictures given(String name, Tensor tensor) {
        return new CasePictures(Map.of(name, tensor), 1);
    }

    private static Tensor bytes(int[] values, int... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return Tensor.ofBytes(bytes, shape);
    }

    private static Tensor coverage(int height, int width, int... bytes) {
        float[] values = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            values[i] = bytes[i] / 255f;
        }
        return Tensor.ofFloats(values, 1, 1, height, width);
    }

    /* Expected bytes: Image.fromarray(…).resize((2, 2), LANCZOS).convert("L") of Pillow 9.4; the other way round gives 114, 116, 84, 145. */
    @Test
    void a_coloured_mask_counts_by_its_brightness_after_the_resize() {
        Tensor pure = bytes(new int[] {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 30}, 1, 4, 3);
        Tensor mixed =
                bytes(
                        new int[] {
                            172, 47, 117, 192, 67, 251, 195, 103, 9, 211, 21, 242, 36, 87, 70, 216, 88, 140, 58, 193,
                            230, 39, 87, 174, 88, 81, 165, 25, 77, 72, 9, 148, 115, 208, 243, 197
                        },
                        3,
                        4,
                        3);

        assertThat(given("mask_uint8", pure).mask("mask", 0, 0)).isEqualTo(coverage(1, 4, 76, 150, 29, 124));
        assertThat(given("mask_uint8", mixed).mask("mask", 2, 2)).isEqualTo(coverage(2, 2, 113, 116, 83, 146));
    }

    @Test
    void a_grey_mask_is_taken_as_it_is() {
        Tensor expected = coverage(1, 2, 7, 255);

        assertThat(given("mask_uint8", bytes(new int[] {7, 255}, 1, 2)).mask("mask", 0, 0)).isEqualTo(expected);
        assertThat(given("mask", expected).mask("mask", 0, 0)).isEqualTo(expected);
        assertThat(given("mask", expected.reshaped(1, 1, 2)).mask("mask", 0, 0)).isEqualTo(expected);
        assertThat(given("mask", expected.reshaped(1, 2)).mask("mask", 0, 0)).isEqualTo(expected);
    }

    @Test
    void an_input_that_nobody_takes_is_refused_by_name() {
        assertThatThrownBy(() -> given("latents", Tensor.ofFloats(new float[1], 1)).requireOnly("image", "mask_image"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("latents")
                .hasMessageContaining("image, mask_image");
        given("image_uint8", Tensor.ofBytes(new byte[1], 1)).requireOnly("image");
    }

    @Test
    void a_mask_of_several_numbers_a_pixel_is_not_supported() {
        CasePictures planes = given("mask", Tensor.ofFloats(new float[6], 1, 3, 1, 2));
        CasePictures transparent = given("mask_uint8", bytes(new int[8], 1, 2, 4));

        assertThatThrownBy(() -> planes.mask("mask", 0, 0))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("[1, 3, 1, 2]");
        assertThatThrownBy(() -> transparent.mask("mask", 0, 0))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("mask_uint8");
    }
}
