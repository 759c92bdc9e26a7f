// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

/// Videos as rows of pictures, and back.
final class Videos {
    private Videos() {}

    /// (batch · frames, channels, height, width) → (batch, channels, frames, height, width)
    static Symbol of(Symbol pictures, Size frames) {
        return pictures.unflatten(0, -1, frames).transpose(1, 2);
    }

    /// (batch, channels, frames, height, width) → (batch · frames, channels, height, width)
    static Symbol toFrames(Symbol videos) {
        return videos.transpose(1, 2).flatten(0, 1);
    }
}
