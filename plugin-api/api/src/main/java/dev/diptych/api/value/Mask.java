// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.Arrays;

/// Which part of a picture is meant: 0 not at all, 255 wholly. Immutable. At least one pixel.
public final class Mask {
    private final int width;
    private final int height;
    private final byte[] bytes;

    private Mask(int width, int height, byte[] bytes) {
        if (width < 1 || height < 1 || (long) width * height != bytes.length) {
            throw new IllegalArgumentException(
                    "A mask of " + width + " x " + height + " cannot have " + bytes.length + " bytes");
        }
        this.width = width;
        this.height = height;
        this.bytes = bytes;
    }

    /// Takes ownership of the array: the caller must not write to it afterwards.
    ///
    /// @param bytes (height, width), unsigned
    /// @throws IllegalArgumentException if the sizes and the number of bytes do not fit together
    public static Mask ofBytes(int width, int height, byte[] bytes) {
        return new Mask(width, height, bytes);
    }

    /// Computed pixel by pixel, row by row from the top, on the calling thread. A run that is cancelled interrupts the threads of its nodes, which ends this within a
    /// row.
    ///
    /// @param source 0 to 1; clamped, and rounded to 8 bits
    /// @throws IllegalArgumentException if a size is below 1
    /// @throws ArithmeticException      if it would have more than 2^31 - 1 pixels
    /// @throws java.util.concurrent.CancellationException if the thread is interrupted
    public static Mask generated(int width, int height, Source source) {
        byte[] bytes = new byte[Math.multiplyExact(width, height)];
        for (int y = 0, i = 0; y < height; y++) {
            Rows.check();
            for (int x = 0; x < width; x++) {
                bytes[i++] = (byte) Math.round(Math.clamp(source.at(x, y), 0, 1) * 255);
            }
        }
        return new Mask(width, height, bytes);
    }

    /// In pixels.
    public int width() {
        return width;
    }

    /// In pixels.
    public int height() {
        return height;
    }

    /// The coverage itself, (height, width), unsigned, not a copy: only to be read.
    public byte[] bytes() {
        return bytes;
    }

    /// How much of one pixel is meant, 0 to 1.
    ///
    /// @param x from the left, from 0
    /// @param y from the top, from 0
    /// @throws IndexOutOfBoundsException if the mask has no such pixel
    public double coverage(int x, int y) {
        if (x < 0 || y < 0 || x >= width || y >= height) {
            throw new IndexOutOfBoundsException("Pixel (" + x + ", " + y + ") of a mask of " + width + " x " + height);
        }
        return (bytes[y * width + x] & 255) / 255.0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask that && width == that.width && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * width + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Mask[" + width + " x " + height + "]";
    }

    /// The coverage of a place.
    @FunctionalInterface
    public interface Source {
        /// @param x from the left, from 0
        /// @param y from the top, from 0
        double at(int x, int y);
    }
}
