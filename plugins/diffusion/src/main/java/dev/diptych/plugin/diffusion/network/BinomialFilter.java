// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

/// Resampling by two through the filter (1, 3, 3, 1) / 8 in each direction, with what is assumed outside of the picture.
/// Zhang, arXiv:1904.11486; Song et al., arXiv:2011.13456, appendix H.
enum BinomialFilter {
    /// Outside there are zeros.
    ZEROS,
    /// Outside the picture goes on as in a mirror.
    MIRRORED;

    /// out\[i\] = (x\[2i-1\] + 3 x\[2i\] + 3 x\[2i+1\] + x\[2i+2\]) / 8, in both directions: (…, height, width) → (…, height / 2, width / 2)
    Symbol halved(Symbol x) {
        var bordered = bordered(x);
        return halved(halved(bordered, 2), 3);
    }

    private static Symbol halved(Symbol x, int dimension) {
        Size last = x.size(dimension).dividedBy(2); // two more than the picture had
        var even = x.every(2, dimension);
        var odd = x.slice(dimension, 1, x.size(dimension)).every(2, dimension);
        Size count = last.plus(-1);
        var inner = odd.slice(dimension, 0, count).plus(even.slice(dimension, 1, last)).times(3);
        var outer = even.slice(dimension, 0, count).plus(odd.slice(dimension, 1, last));
        return inner.plus(outer).dividedBy(8);
    }

    /// out\[2i\] = (x\[i-1\] + 3 x\[i\]) / 4 and out\[2i+1\] = (3 x\[i\] + x\[i+1\]) / 4, in both directions: (…, height, width) → (…, 2 height, 2 width)
    Symbol doubled(Symbol x) {
        var bordered = bordered(x);
        return doubled(doubled(bordered, 2), 3);
    }

    private static Symbol doubled(Symbol x, int dimension) {
        Size count = x.size(dimension).plus(-2);
        var here = x.slice(dimension, 1, count.plus(1)).times(3);
        var even = x.slice(dimension, 0, count).plus(here).dividedBy(4);
        var odd = x.slice(dimension, 2, count.plus(2)).plus(here).dividedBy(4);
        return Symbol.stack(dimension + 1, even, odd).flatten(dimension, dimension + 1);
    }

    /// With one more pixel on each side.
    private Symbol bordered(Symbol x) {
        return switch (this) {
            case ZEROS -> x.pad(0, 1, 1, 1, 1);
            case MIRRORED -> x.padReflect(1, 1, 1, 1);
        };
    }
}
