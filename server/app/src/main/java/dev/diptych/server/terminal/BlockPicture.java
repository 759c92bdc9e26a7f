// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.terminal;

import dev.diptych.api.value.Image;

/// A picture in upper half blocks: each character shows two pixels, the upper as foreground, the lower as background, in 24-bit colour.
public final class BlockPicture {
    private static final String RESET = "\u001b[0m";

    private BlockPicture() {}

    /// Lines for a terminal, each ended by a line feed. The picture keeps its proportions and is never enlarged.
    ///
    /// @param columns at most this many characters wide
    /// @param rows    at most this many lines high
    public static String of(Image picture, int columns, int rows) {
        double scale = Math.min(1, Math.min(columns / (double) picture.width(), 2.0 * rows / picture.height()));
        int width = Math.max(1, (int) Math.round(picture.width() * scale));
        int height = Math.max(2, (int) Math.round(picture.height() * scale) / 2 * 2);
        StringBuilder text = new StringBuilder(width * height * 20);
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x++) {
                text.append("\u001b[38;2;").append(color(picture, x, y, width, height));
                text.append(";48;2;").append(color(picture, x, y + 1, width, height)).append("m▀");
            }
            text.append(RESET).append('\n');
        }
        return text.toString();
    }

    /// The mean of the pixels under one cell, over black where the picture is transparent.
    private static String color(Image picture, int column, int row, int columns, int rows) {
        int left = column * picture.width() / columns;
        int right = Math.max(left + 1, (column + 1) * picture.width() / columns);
        int top = Math.min(row * picture.height() / rows, picture.height() - 1);
        int bottom = Math.max(top + 1, (row + 1) * picture.height() / rows);
        byte[] bytes = picture.bytes();
        int channels = picture.channels();
        long red = 0;
        long green = 0;
        long blue = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                int i = (y * picture.width() + x) * channels;
                int alpha = channels == 4 ? bytes[i + 3] & 255 : 255;
                red += (bytes[i] & 255) * alpha / 255;
                green += (bytes[i + 1] & 255) * alpha / 255;
                blue += (bytes[i + 2] & 255) * alpha / 255;
            }
        }
        long count = (long) (right - left) * (bottom - top);
        return red / count + ";" + green / count + ";" + blue / count;
    }
}
