// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

/// Group normalisation whose scale and shift follow from the time. Dhariwal and Nichol, arXiv:2105.05233, section 3.
final class AdaptiveGroupNorm extends Module {
    static final int GROUP_SIZE = 32;

    private final Linear linear;
    private final transient int groups;
    private final transient double epsilon;

    AdaptiveGroupNorm(int embeddingWidth, int channels, int groups, double epsilon) {
        linear = new Linear(embeddingWidth, 2 * channels);
        this.groups = groups;
        this.epsilon = epsilon;
    }

    /// (batch, channels, height, width) → the same shape
    Symbol of(Symbol x, Symbol embedding) {
        var scaleAndShift = linear.of(embedding).spatial().chunk(2, 1);
        return x.groupNorm(groups, null, null, epsilon).times(scaleAndShift[0].plus(1)).plus(scaleAndShift[1]);
    }
}
