// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.latent.Nearest;

import java.util.Map;

/// The pictures of a case, prepared as diffusers' `VaeImageProcessor` does: tensors resized to the nearest pixel, bytes (named `…_uint8`) as Pillow's Lanczos filter does.
///
/// @param inputs the case's
/// @param factor what widths and heights are multiples of
record CasePictures(Map<String, Tensor> inputs, int factor) {
    private static final String BYTES = "_uint8";

    /// @param width, height in pixels; 0 for the picture's own
    /// @return (batch, channels, height, width), from 0 to 1 unless it goes below 0
    Tensor unit(String name, int width, int height) {
        Tensor floats = inputs.get(name);
        if (floats != null) {
            Tensor batch =
                    floats.rank() == 3 ? floats.reshaped(1, floats.size(0), floats.size(1), floats.size(2)) : floats;
            if (batch.rank() != 4) {
                throw new UnsupportedOperationException("The input " + name + " has " + batch.rank() + " dimensions");
            }
            return Nearest.resize(batch, divisible(height, batch.size(2)), divisible(width, batch.size(3)));
        }
        Tensor bytes = inputs.get(name + BYTES);
        if (bytes == null || bytes.type() != Tensor.Type.UINT8 || bytes.rank() < 2 || bytes.rank() > 3) {
            throw new UnsupportedOperationException(
                    "A case needs the input " + name + ", or " + name + BYTES + " (height, width, 3)");
        }
        return ofBytes(bytes, width, height);
    }

    /// @return (batch, 3, height, width), from -1 to 1
    Tensor picture(String name, int width, int height) {
        Tensor unit = unit(name, width, height);
        return isBelowZero(unit) ? unit : TensorMath.map(unit, value -> 2 * value - 1);
    }

    private static boolean isBelowZero(Tensor x) {
        for (float value : x.floats()) {
            if (value < 0) {
                return true;
            }
        }
        return false;
    }

    private int divisible(int wished, int own) {
        int pixels = wished == 0 ? own : wished;
        return pixels - pixels % factor;
    }

    private Tensor ofBytes(Tensor bytes, int width, int height) {
        int channels = bytes.rank() == 2 ? 1 : bytes.size(2);
        Image image = image(bytes, channels);
        Image resized =
                Resampling.LANCZOS.resize(image, divisible(width, image.width()), divisible(height, image.height()));
        int plane = resized.width() * resized.height();
        float[] values = new float[channels * plane];
        for (int channel = 0; channel < channels; channel++) {
            for (int i = 0; i < plane; i++) {
                values[channel * plane + i] = (resized.bytes()[3 * i + channel] & 255) / 255f;
            }
        }
        return Tensor.ofFloats(values, 1, channels, resized.height(), resized.width());
    }

    private static Image image(Tensor bytes, int channels) {
        int pixels = bytes.size(0) * bytes.size(1);
        byte[] rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = bytes.bytes()[channels == 1 ? i / 3 : i];
        }
        return Image.ofBytes(bytes.size(1), bytes.size(0), 3, rgb);
    }
}
