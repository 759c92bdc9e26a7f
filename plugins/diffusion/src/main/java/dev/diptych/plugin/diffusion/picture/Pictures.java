// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.picture;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;

import java.util.ArrayList;
import java.util.List;

/// Between pictures of bytes and tensors in [-1, 1].
public final class Pictures {
    private Pictures() {}

    /// @return (1, 3, height, width), -1 for black, 1 for white; what is transparent is seen on black
    public static Tensor tensor(Image image) {
        int plane = image.width() * image.height();
        float[] values = new float[3 * plane];
        byte[] bytes = image.bytes();
        for (int i = 0; i < plane; i++) {
            int at = i * image.channels();
            double alpha = image.hasAlpha() ? (bytes[at + 3] & 255) / 255.0 : 1;
            for (int c = 0; c < 3; c++) {
                values[c * plane + i] = (float) ((bytes[at + c] & 255) * alpha / 127.5 - 1);
            }
        }
        return Tensor.ofFloats(values, 1, 3, image.height(), image.width());
    }

    /// One picture of a batch, clamped and rounded to bytes.
    ///
    /// @param tensor (batch, 3, height, width), -1 to 1
    public static Image image(Tensor tensor, int index) {
        int height = tensor.size(2);
        int width = tensor.size(3);
        int plane = width * height;
        float[] values = tensor.floats();
        byte[] bytes = new byte[3 * plane];
        for (int c = 0; c < 3; c++) {
            int from = (index * 3 + c) * plane;
            for (int i = 0; i < plane; i++) {
                double unit = Math.clamp(values[from + i] / 2.0 + 0.5, 0, 1);
                bytes[3 * i + c] = (byte) Math.rint(unit * 255);
            }
        }
        return Image.ofBytes(width, height, 3, bytes);
    }

    /// All pictures of a batch.
    public static List<Image> images(Tensor tensor) {
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < tensor.size(0); i++) {
            images.add(image(tensor, i));
        }
        return images;
    }

    /// The middle square of a picture at the size that a network works on, as CLIP's preparation takes it.
    ///
    /// @param side in pixels
    public static Image square(Image image, int side, Runnable between) {
        int shorter = Math.min(image.width(), image.height());
        Image cut = shorter == image.width() && shorter == image.height() ? image : middle(image, shorter);
        return Resampling.BICUBIC.resize(cut, side, side, between);
    }

    private static Image middle(Image image, int side) {
        int left = (image.width() - side) / 2;
        int top = (image.height() - side) / 2;
        int channels = image.channels();
        byte[] bytes = new byte[side * side * channels];
        for (int y = 0; y < side; y++) {
            System.arraycopy(
                    image.bytes(),
                    ((top + y) * image.width() + left) * channels,
                    bytes,
                    y * side * channels,
                    side * channels);
        }
        return Image.ofBytes(side, side, channels, bytes);
    }
}
