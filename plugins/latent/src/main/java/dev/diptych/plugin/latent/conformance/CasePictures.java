// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.latent.Nearest;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The pictures of a case, prepared as diffusers' `VaeImageProcessor` does: tensors resized to the nearest pixel, bytes (named `…_uint8`) as Pillow's Lanczos filter does.
///
/// @param inputs the case's
/// @param factor what widths and heights are multiples of
record CasePictures(Map<String, Tensor> inputs, int factor) {
    private static final String BYTES = "_uint8";

    /// Refuses other inputs than these.
    ///
    /// @param names without what says that they are bytes
    void requireOnly(String... names) {
        for (String input : inputs.keySet()) {
            String name = input.endsWith(BYTES) ? input.substring(0, input.length() - BYTES.length()) : input;
            if (!List.of(names).contains(name)) {
                throw new UnsupportedOperationException(
                        "The input " + input + " is not implemented; allowed: " + List.of(names));
            }
        }
    }

    /// @param width, height in pixels; 0 for the picture's own
    /// @return (batch, 3, height, width), from -1 to 1
    Tensor picture(String name, int width, int height) {
        Tensor unit = unit(name, width, height);
        return isBelowZero(unit) ? unit : TensorMath.map(unit, value -> 2 * value - 1);
    }

    /// A mask: tensors as they are, colours by their brightness after the resize, as Pillow's mode `L` has it.
    ///
    /// @param width, height in pixels; 0 for the mask's own
    /// @return (batch, 1, height, width), from 0 to 1
    Tensor mask(String name, int width, int height) {
        Tensor floats = inputs.get(name);
        if (floats == null) {
            return brightness(resized(bytes(name), width, height));
        }
        int rank = floats.rank();
        if (rank < 2 || rank > 4 || rank == 4 && floats.size(1) != 1) {
            throw new UnsupportedOperationException(
                    "The input "
                            + name
                            + " has the shape "
                            + Arrays.toString(floats.shape())
                            + "; one channel is taken");
        }
        int masks = rank == 2 ? 1 : floats.size(0);
        return nearest(floats.reshaped(masks, 1, floats.size(rank - 2), floats.size(rank - 1)), width, height);
    }

    /// @return (batch, channels, height, width), from 0 to 1 unless it goes below 0
    private Tensor unit(String name, int width, int height) {
        Tensor floats = inputs.get(name);
        if (floats == null) {
            Tensor bytes = bytes(name);
            return planes(resized(bytes, width, height), channels(bytes));
        }
        Tensor batch = floats.rank() == 3 ? floats.reshaped(1, floats.size(0), floats.size(1), floats.size(2)) : floats;
        if (batch.rank() != 4) {
            throw new UnsupportedOperationException("The input " + name + " has " + batch.rank() + " dimensions");
        }
        return nearest(batch, width, height);
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

    private Tensor nearest(Tensor batch, int width, int height) {
        return Nearest.resize(batch, divisible(height, batch.size(2)), divisible(width, batch.size(3)));
    }

    /// @return (height, width) or (height, width, 1 or 3)
    private Tensor bytes(String name) {
        Tensor bytes = inputs.get(name + BYTES);
        if (bytes == null
                || bytes.type() != Tensor.Type.UINT8
                || bytes.rank() < 2
                || bytes.rank() > 3
                || channels(bytes) != 1 && channels(bytes) != 3) {
            throw new UnsupportedOperationException(
                    "A case needs the input " + name + ", or " + name + BYTES + " (height, width, 3)");
        }
        return bytes;
    }

    private static int channels(Tensor bytes) {
        return bytes.rank() == 2 ? 1 : bytes.size(2);
    }

    private Image resized(Tensor bytes, int width, int height) {
        Image image = image(bytes);
        return Resampling.LANCZOS.resize(image, divisible(width, image.width()), divisible(height, image.height()));
    }

    private static Image image(Tensor bytes) {
        int pixels = bytes.size(0) * bytes.size(1);
        byte[] rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = bytes.bytes()[channels(bytes) == 1 ? i / 3 : i];
        }
        return Image.ofBytes(bytes.size(1), bytes.size(0), 3, rgb);
    }

    private static Tensor planes(Image image, int channels) {
        int plane = image.width() * image.height();
        float[] values = new float[channels * plane];
        for (int channel = 0; channel < channels; channel++) {
            for (int i = 0; i < plane; i++) {
                values[channel * plane + i] = (image.bytes()[3 * i + channel] & 255) / 255f;
            }
        }
        return Tensor.ofFloats(values, 1, channels, image.height(), image.width());
    }

    /// Rec. 601 weights in 16 bits, rounded to a byte.
    private static Tensor brightness(Image image) {
        float[] values = new float[image.width() * image.height()];
        for (int i = 0; i < values.length; i++) {
            int red = image.bytes()[3 * i] & 255;
            int green = image.bytes()[3 * i + 1] & 255;
            int blue = image.bytes()[3 * i + 2] & 255;
            values[i] = ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16) / 255f;
        }
        return Tensor.ofFloats(values, 1, 1, image.height(), image.width());
    }
}
