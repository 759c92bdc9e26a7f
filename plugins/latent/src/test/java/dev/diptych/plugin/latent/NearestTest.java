// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void takes_what_lies_at_the_upper_left_as_torch_does() {
        Tensor five = Tensor.ofFloats(new float[] {0, 1, 2, 3, 4}, 1, 1, 1, 5);

        // torch.nn.functional.interpolate(torch.arange(5.)[None, None, None], (2, 3))
        assertThat(Nearest.resize(five, 2, 3).floats()).containsExactly(0, 1, 3, 0, 1, 3);
        assertThat(Nearest.resize(five, 1, 8).floats()).containsExactly(0, 0, 1, 1, 2, 3, 3, 4);
    }

    @Test
    void leaves_a_tensor_of_that_size() {
        Tensor x = Tensor.ofFloats(new float[6], 1, 1, 2, 3);

        assertThat(Nearest.resize(x, 2, 3)).isSameAs(x);
    }
}
