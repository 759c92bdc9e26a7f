// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A residual block that is told the time by its norms.
final class AdaptiveResnetBlock extends Module implements Layer {
    private final AdaptiveGroupNorm norm1;
    private final Conv2d conv1;
    private final AdaptiveGroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d convShortcut;
    private final transient Activation activation;

    /// @param inner     channels between the convolutions
    /// @param groupsOut groups of the second norm
    AdaptiveResnetBlock(int in, int inner, int out, int groupsOut, ResnetBlock.Settings settings) {
        int embedding = settings.embeddingWidth();
        norm1 = new AdaptiveGroupNorm(embedding, in, in / AdaptiveGroupNorm.GROUP_SIZE, settings.epsilon());
        conv1 = new Conv2d(in, inner, 3);
        norm2 = new AdaptiveGroupNorm(embedding, inner, groupsOut, settings.epsilon());
        conv2 = new Conv2d(inner, out, 3);
        convShortcut = in == out ? null : withoutBias(in, out);
        activation = settings.activation();
    }

    private static Conv2d withoutBias(int in, int out) {
        int[] one = {1, 1};
        return new Conv2d(in, out, one, one, new int[] {0, 0}, one, 1, false);
    }

    /// (batch, in, height, width) → (batch, out, height, width)
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var h = conv1.of(activation.of(norm1.of(x, conditioning.embedding())));
        h = conv2.of(activation.of(norm2.of(h, conditioning.embedding())));
        return (convShortcut == null ? x : convShortcut.of(x)).plus(h);
    }
}
