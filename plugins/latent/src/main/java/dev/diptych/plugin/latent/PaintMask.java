// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.value.Tensor;

/// Where to paint: 1, and where to keep: 0. Nothing in between.
///
/// @param pixels (batch, 1, height, width)
public record PaintMask(Tensor pixels) {
    private static final float THRESHOLD = 0.5f;

    /// From any coverage from 0 to 1: a half and more is painted.
    public static PaintMask binarized(Tensor coverage) {
        float[] values = coverage.floats().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] < THRESHOLD ? 0 : 1;
        }
        return new PaintMask(Tensor.ofFloats(values, coverage.shape()));
    }

    /// The picture with middle grey where it is painted.
    ///
    /// @param picture (batch, channels, height, width), -1 to 1
    Tensor cutFrom(Tensor picture) {
        return mixed(picture, Tensor.ofFloats(new float[picture.length()], picture.shape()));
    }

    /// For latents: of each square of pixels, the one at its upper left counts.
    PaintMask reduced(int factor) {
        return new PaintMask(Nearest.resize(pixels, pixels.size(2) / factor, pixels.size(3) / factor));
    }

    /// Painted where it is painted, kept where it is kept.
    ///
    /// @param kept, painted (batch, channels, height, width)
    Tensor mixed(Tensor kept, Tensor painted) {
        int channels = kept.size(1);
        int plane = kept.size(2) * kept.size(3);
        int masks = pixels.size(0);
        float[] out = kept.floats().clone();
        for (int sample = 0; sample < kept.size(0); sample++) {
            for (int channel = 0; channel < channels; channel++) {
                int at = (sample * channels + channel) * plane;
                for (int i = 0; i < plane; i++) {
                    if (pixels.floats()[sample % masks * plane + i] == 1) {
                        out[at + i] = painted.floats()[at + i];
                    }
                }
            }
        }
        return Tensor.ofFloats(out, kept.shape());
    }
}
