// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

/// One resolution on the way up.
interface UpBlock {
    /// (batch, in, height, width) → (batch, out, 2 height, 2 width), or the same size in the last block
    ///
    /// @param skips gives what the way down has left
    Symbol of(Symbol x, Conditioning conditioning, Skips skips);
}
