// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.Arrays;

/// A picture: 8-bit sRGB, three channels, or four with straight alpha. Immutable. At least one pixel.
public final class Image {
    private final int width;
    private final int height;
    private final int channels;
    private final byte[] bytes;

    private Image(int width, int height, int channels, byte[] bytes) {
        if (width < 1 || height < 1 || (channels != 3 && channels != 4)) {
            throw new IllegalArgumentException(
                    "An image has 3 or 4 channels and at least one pixel, not "
                            + width
                            + " x "
                            + height
                            + " x "
                            + channels);
        }
        if ((long) width * height * channels != bytes.length) {
            throw new IllegalArgumentException(
                    width + " x " + height + " x " + channels + " needs another number of bytes than " + bytes.length);
        }
        this.width = width;
        this.height = height;
        this.channels = channels;
        this.bytes = bytes;
    }

    /// Takes ownership of the array: the caller must not write to it afterwards.
    ///
    /// @param channels 3 (RGB) or 4 (RGBA)
    /// @param bytes    (height, width, channels), unsigned
    /// @throws IllegalArgumentException if the sizes and the number of bytes do not fit together
    public static Image ofBytes(int width, int height, int channels, byte[] bytes) {
        return new Image(width, height, channels, bytes);
    }

    /// One colour everywhere; it gets an alpha channel if the colour is not opaque.
    ///
    /// @throws IllegalArgumentException if a size is below 1
    /// @throws ArithmeticException      if it would have more than 2^31 - 1 bytes
    public static Image filled(int width, int height, Pixel color) {
        int channels = color.alpha() < 1 ? 4 : 3;
        return generated(width, height, channels, (x, y) -> color);
    }

    /// Computed pixel by pixel, row by row from the top, on the calling thread. A run that is cancelled interrupts the threads of its nodes, which ends this within a
    /// row.
    ///
    /// @param channels 3: alpha is left out; or 4
    /// @param source   what it gives is clamped to 0 … 1 and rounded to 8 bits
    /// @throws IllegalArgumentException if a size is below 1, or there are neither 3 nor 4 channels
    /// @throws ArithmeticException      if it would have more than 2^31 - 1 bytes
    /// @throws java.util.concurrent.CancellationException if the thread is interrupted
    public static Image generated(int width, int height, int channels, PixelSource source) {
        byte[] bytes = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        int i = 0;
        for (int y = 0; y < height; y++) {
            Rows.check();
            for (int x = 0; x < width; x++) {
                Pixel pixel = source.at(x, y);
                bytes[i++] = toByte(pixel.red());
                bytes[i++] = toByte(pixel.green());
                bytes[i++] = toByte(pixel.blue());
                if (channels == 4) {
                    bytes[i++] = toByte(pixel.alpha());
                }
            }
        }
        return new Image(width, height, channels, bytes);
    }

    private static byte toByte(double value) {
        return (byte) Math.round(Math.clamp(value, 0, 1) * 255);
    }

    /// In pixels.
    public int width() {
        return width;
    }

    /// In pixels.
    public int height() {
        return height;
    }

    /// 3 (RGB) or 4 (RGBA).
    public int channels() {
        return channels;
    }

    /// Whether pixels may be transparent.
    public boolean hasAlpha() {
        return channels == 4;
    }

    /// The pixels themselves, (height, width, channels), unsigned, not a copy: only to be read.
    public byte[] bytes() {
        return bytes;
    }

    /// One pixel, each component 0 to 1; opaque if there is no alpha channel.
    ///
    /// @param x from the left, from 0
    /// @param y from the top, from 0
    /// @throws IndexOutOfBoundsException if the picture has no such pixel
    public Pixel pixel(int x, int y) {
        if (x < 0 || y < 0 || x >= width || y >= height) {
            throw new IndexOutOfBoundsException(
                    "Pixel (" + x + ", " + y + ") of an image of " + width + " x " + height);
        }
        int i = (y * width + x) * channels;
        double alpha = channels == 4 ? (bytes[i + 3] & 255) / 255.0 : 1;
        return new Pixel((bytes[i] & 255) / 255.0, (bytes[i + 1] & 255) / 255.0, (bytes[i + 2] & 255) / 255.0, alpha);
    }

    /// Each pixel through a function of itself and its place; size and channels stay. What the function gives is clamped to 0 … 1 and rounded to 8 bits.
    public Image mapPixels(PixelFunction function) {
        return generated(width, height, channels, (x, y) -> function.apply(pixel(x, y), x, y));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Image that
                && width == that.width
                && height == that.height
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Image[" + width + " x " + height + " x " + channels + "]";
    }

    /// The pixel of a place.
    @FunctionalInterface
    public interface PixelSource {
        /// @param x from the left, from 0
        /// @param y from the top, from 0
        Pixel at(int x, int y);
    }

    /// A new pixel from an old one and its place.
    @FunctionalInterface
    public interface PixelFunction {
        /// @param x from the left, from 0
        /// @param y from the top, from 0
        Pixel apply(Pixel pixel, int x, int y);
    }
}
