// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Tensor;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GuidanceEmbeddingTest {
    @Test
    void is_zero_sines_and_one_cosines_where_guidance_adds_nothing() {
        assertThat(GuidanceEmbedding.of(1, 2, 4))
                .isEqualTo(Tensor.ofFloats(new float[] {0, 0, 1, 1, 0, 0, 1, 1}, 2, 4));
    }

    @Test
    void slows_down_from_one_to_ten_thousand() {
        float[] values = GuidanceEmbedding.of(1.5, 1, 5).floats();

        assertThat(values[0]).isEqualTo((float) Math.sin(500), Offset.offset(1e-5f));
        assertThat(values[1]).isEqualTo((float) Math.sin(0.05), Offset.offset(1e-5f));
        assertThat(values[3]).isEqualTo((float) Math.cos(0.05), Offset.offset(1e-5f));
        assertThat(values[4]).isZero();
    }
}
