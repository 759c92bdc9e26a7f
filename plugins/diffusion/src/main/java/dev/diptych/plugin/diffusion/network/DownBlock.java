// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

/// One resolution on the way down.
interface DownBlock {
    /// (batch, in, height, width) → (batch, out, height / 2, width / 2), or the same size in the last block
    ///
    /// @param skips takes what the way up will need
    Symbol of(Symbol x, Conditioning conditioning, Skips skips);
}
