// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Halves or doubles the picture between the blocks, with a convolution or without.
final class AdmResample extends Module implements AdmLayer {
    private final @Nullable Conv2d op;
    private final @Nullable Conv2d conv;
    private final transient AdmResBlock.Resampling resampling;

    private AdmResample(@Nullable Conv2d op, @Nullable Conv2d conv, AdmResBlock.Resampling resampling) {
        this.op = op;
        this.conv = conv;
        this.resampling = resampling;
    }

    static AdmResample halved(int channels, boolean convolves) {
        return new AdmResample(
                convolves ? new Conv2d(channels, channels, 3, 2, 1) : null, null, AdmResBlock.Resampling.HALVED);
    }

    static AdmResample doubled(int channels, boolean convolves) {
        return new AdmResample(
                null, convolves ? new Conv2d(channels, channels, 3) : null, AdmResBlock.Resampling.DOUBLED);
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning) { // (batch, channels, height, width)
        if (op != null) {
            return op.of(x);
        }
        Symbol resampled = resampling.of(x);
        return conv == null ? resampled : conv.of(resampled);
    }
}
