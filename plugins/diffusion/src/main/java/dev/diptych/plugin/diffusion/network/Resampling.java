// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

/// How a residual block changes a picture's size on both of its ways.
enum Resampling {
    NONE {
        @Override
        Symbol of(Symbol x) {
            return x;
        }
    },
    /// To the half, by the mean of four pixels.
    HALVING {
        @Override
        Symbol of(Symbol x) {
            return x.averagePool2d(2, 2, 0);
        }
    },
    /// To the half, through a binomial filter.
    FILTERED_HALVING {
        @Override
        Symbol of(Symbol x) {
            return BinomialFilter.ZEROS.halved(x);
        }
    },
    /// To the double, through a binomial filter.
    FILTERED_DOUBLING {
        @Override
        Symbol of(Symbol x) {
            return BinomialFilter.ZEROS.doubled(x);
        }
    };

    /// (batch, channels, height, width) → (batch, channels, height', width')
    abstract Symbol of(Symbol x);
}
