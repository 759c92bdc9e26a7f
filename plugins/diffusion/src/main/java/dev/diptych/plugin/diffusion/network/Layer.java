// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

/// A step along the U: from picture to picture, knowing the conditioning.
interface Layer {
    /// (batch, in, height, width) → (batch, out, height', width'); for a video, batch counts frames
    Symbol of(Symbol x, Conditioning conditioning);
}
