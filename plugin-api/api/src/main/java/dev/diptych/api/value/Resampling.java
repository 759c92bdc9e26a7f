// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.function.DoubleUnaryOperator;

/// Filters of resizing, as Pillow names and computes them: separable, widened when the picture gets smaller (so that nothing aliases), coefficients rounded to
/// 22 bits, each of the two passes rounded to bytes. Colours are weighted by alpha.
public enum Resampling {
    /// The pixel that lies nearest.
    NEAREST(0, _ -> 0),
    /// A triangle.
    BILINEAR(1, x -> Math.max(0, 1 - Math.abs(x))),
    /// Keys' cubic with a = -1/2.
    BICUBIC(2, Resampling::cubic),
    /// A windowed sinc, three lobes.
    LANCZOS(3, x -> Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
    /// The mean of what a pixel covers.
    AREA(0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0);

    private static final int PRECISION_BITS = 32 - 8 - 2;

    private final double support;
    private final DoubleUnaryOperator kernel;

    Resampling(double support, DoubleUnaryOperator kernel) {
        this.support = support;
        this.kernel = kernel;
    }

    /// Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, with a = -1/2.
    private static double cubic(double value) {
        double x = Math.abs(value);
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    /// The picture at another size; the same object if it has that size. Computed on the calling thread.
    ///
    /// @param width  in pixels, at least 1
    /// @param height in pixels, at least 1
    public Image resize(Image image, int width, int height) {
        return resize(image, width, height, () -> {});
    }

    /// As [#resize(Image, int, int)].
    ///
    /// @param between called now and then; what it throws ends the work: a node passes `context::checkCancelled`
    public Image resize(Image image, int width, int height, Runnable between) {
        if (width == image.width() && height == image.height()) {
            return image;
        }
        int channels = image.channels();
        if (this == NEAREST) {
            return nearest(image, width, height);
        }
        byte[] bytes = channels == 4 ? multiplied(image.bytes()) : image.bytes();
        if (width != image.width()) {
            bytes = pass(bytes, image.width(), image.height(), channels, width, between);
        }
        if (height != image.height()) {
            byte[] turned = transposed(bytes, width, image.height(), channels);
            bytes = transposed(pass(turned, image.height(), width, channels, height, between), height, width, channels);
        }
        return Image.ofBytes(width, height, channels, channels == 4 ? divided(bytes) : bytes);
    }

    private static Image nearest(Image image, int width, int height) {
        int channels = image.channels();
        int[] columns = nearest(image.width(), width);
        int[] rows = nearest(image.height(), height);
        byte[] to = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int from = (rows[y] * image.width() + columns[x]) * channels;
                System.arraycopy(image.bytes(), from, to, (y * width + x) * channels, channels);
            }
        }
        return Image.ofBytes(width, height, channels, to);
    }

    /// The nearest source of each place. Positions are summed up as Pillow sums them, which decides where a place lies between two.
    private static int[] nearest(int size, int newSize) {
        double scale = (double) size / newSize;
        int[] sources = new int[newSize];
        double position = scale * 0.5;
        for (int i = 0; i < newSize; i++) {
            sources[i] = Math.min(size - 1, (int) position);
            position += scale;
        }
        return sources;
    }

    /// Resizes each row.
    private byte[] pass(byte[] from, int width, int height, int channels, int newWidth, Runnable between) {
        double scale = (double) width / newWidth;
        double filterScale = Math.max(1, scale);
        double reach = support * filterScale;
        byte[] to = new byte[Math.multiplyExact(Math.multiplyExact(newWidth, height), channels)];
        int[][] weights = new int[newWidth][];
        int[] starts = new int[newWidth];
        for (int x = 0; x < newWidth; x++) {
            double center = (x + 0.5) * scale;
            starts[x] = Math.max(0, (int) (center - reach + 0.5));
            int end = Math.min(width, (int) (center + reach + 0.5));
            weights[x] = weights(starts[x], Math.max(end, starts[x] + 1), center, filterScale);
        }
        for (int y = 0; y < height; y++) {
            if (y % 64 == 0) {
                between.run();
            }
            for (int x = 0; x < newWidth; x++) {
                for (int c = 0; c < channels; c++) {
                    int at = (y * width + starts[x]) * channels + c;
                    int sum = 1 << (PRECISION_BITS - 1);
                    for (int weight : weights[x]) {
                        sum += (from[at] & 255) * weight;
                        at += channels;
                    }
                    to[(y * newWidth + x) * channels + c] = (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
                }
            }
        }
        return to;
    }

    private int[] weights(int start, int end, double center, double filterScale) {
        double[] exact = new double[end - start];
        double total = 0;
        for (int i = 0; i < exact.length; i++) {
            exact[i] = kernel.applyAsDouble((i + start - center + 0.5) / filterScale);
            total += exact[i];
        }
        int[] weights = new int[exact.length];
        for (int i = 0; i < weights.length; i++) {
            double weight = (total == 0 ? 0 : exact[i] / total) * (1 << PRECISION_BITS);
            weights[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        return weights;
    }

    private static byte[] transposed(byte[] from, int width, int height, int channels) {
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    to[(x * height + y) * channels + c] = from[(y * width + x) * channels + c];
                }
            }
        }
        return to;
    }

    private static byte[] multiplied(byte[] rgba) {
        byte[] to = rgba.clone();
        for (int i = 0; i < to.length; i += 4) {
            int alpha = to[i + 3] & 255;
            for (int c = 0; c < 3; c++) {
                int product = (to[i + c] & 255) * alpha + 128;
                to[i + c] = (byte) (((product >> 8) + product) >> 8);
            }
        }
        return to;
    }

    private static byte[] divided(byte[] rgba) {
        for (int i = 0; i < rgba.length; i += 4) {
            int alpha = rgba[i + 3] & 255;
            if (alpha > 0 && alpha < 255) {
                for (int c = 0; c < 3; c++) {
                    rgba[i + c] = (byte) Math.min(255, 255 * (rgba[i + c] & 255) / alpha);
                }
            }
        }
        return rgba;
    }
}
