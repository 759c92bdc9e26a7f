// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

/// The first layer.
final class AdmConvolution extends Module implements AdmLayer {
    @Named("")
    private final Conv2d convolution;

    AdmConvolution(int in, int out) {
        convolution = new Conv2d(in, out, 3);
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning) { // (batch, in, height, width) → (batch, out, …)
        return convolution.of(x);
    }
}
