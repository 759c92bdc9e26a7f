// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

/// Where a variation begins.
public enum VariationStart {
    /// The picture's own noise, found by inversion: with eta 0 the picture comes back, and what is drawn on the way leads away from it.
    PICTURE,
    /// New noise: nothing of the picture is kept but its embedding.
    NOISE
}
