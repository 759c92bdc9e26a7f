// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import org.junit.jupiter.api.Test;

class LatentWatcherTest {
    @Test
    void previews_are_of_latents_no_longer_than_32() {
        assertThat(LatentWatcher.smaller(TensorMath.filled(3, 1, 4, 64, 40)))
                .isEqualTo(TensorMath.filled(3, 1, 4, 32, 20));
        assertThat(LatentWatcher.smaller(TensorMath.filled(1, 1, 4, 33, 1)).shape()).containsExactly(1, 4, 16, 1);
        var small = TensorMath.filled(1, 1, 4, 32, 32);
        assertThat(LatentWatcher.smaller(small)).isSameAs(small);
    }
}
