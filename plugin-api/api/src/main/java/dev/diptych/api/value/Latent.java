// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.Map;

/// A picture as a model sees it: noise, or what stands between noise and a picture.
///
/// @param tensor (batch, channels, height, width), float32
/// @param origin what made it, by name: decoder, timesteps, guidance …; a node that continues inherits these
public record Latent(Tensor tensor, Map<String, String> origin) {
    /// Copies the origin; the tensor is shared.
    public Latent {
        origin = Map.copyOf(origin);
    }
}
