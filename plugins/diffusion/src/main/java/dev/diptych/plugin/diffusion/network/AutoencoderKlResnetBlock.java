// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Residual block of the autoencoder: no time goes into it.
final class AutoencoderKlResnetBlock extends Module {
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d convShortcut;
    private final transient Activation activation;

    AutoencoderKlResnetBlock(AutoencoderKlSettings settings, int in, int out) {
        norm1 = settings.norm(in);
        conv1 = new Conv2d(in, out, 3);
        norm2 = settings.norm(out);
        conv2 = new Conv2d(out, out, 3);
        convShortcut = in == out ? null : new Conv2d(in, out, 1);
        activation = settings.activation();
    }

    Symbol of(Symbol x) { // (batch, in, height, width) → (batch, out, height, width)
        Symbol h = conv1.of(activation.of(norm1.of(x)));
        h = conv2.of(activation.of(norm2.of(h)));
        return (convShortcut == null ? x : convShortcut.of(x)).plus(h);
    }
}
