// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Image;

/// Small pictures of large ones, for previews and lists. Fast rather than fine: blocks are averaged.
public final class Thumbnails {
    private Thumbnails() {}

    /// @param longest in pixels; no side of the result is longer, and a picture that is small enough stays as it is
    public static Image of(Image image, int longest) {
        int side = Math.max(image.width(), image.height());
        if (side <= longest) {
            return image;
        }
        int width = Math.max(1, Math.round((float) image.width() * longest / side));
        int height = Math.max(1, Math.round((float) image.height() * longest / side));
        int channels = image.channels();
        byte[] bytes = new byte[width * height * channels];
        long[] sums = new long[4];
        for (int y = 0, i = 0; y < height; y++) {
            int top = (int) ((long) y * image.height() / height);
            int bottom = (int) ((long) (y + 1) * image.height() / height);
            for (int x = 0; x < width; x++) {
                int left = (int) ((long) x * image.width() / width);
                int right = (int) ((long) (x + 1) * image.width() / width);
                long weight = sum(image, left, right, top, bottom, sums);
                for (int c = 0; c < 3; c++) {
                    bytes[i++] = (byte) (weight == 0 ? 0 : (sums[c] + weight / 2) / weight);
                }
                if (channels == 4) {
                    bytes[i++] = (byte) (weight / ((long) (right - left) * (bottom - top)));
                }
            }
        }
        return Image.ofBytes(width, height, channels, bytes);
    }

    /// Colours weighted by their alpha, so that what is transparent lends no colour.
    private static long sum(Image image, int left, int right, int top, int bottom, long[] sums) {
        byte[] bytes = image.bytes();
        int channels = image.channels();
        long weight = 0;
        sums[0] = sums[1] = sums[2] = 0;
        for (int y = top; y < bottom; y++) {
            int i = (y * image.width() + left) * channels;
            for (int x = left; x < right; x++, i += channels) {
                int alpha = channels == 4 ? bytes[i + 3] & 255 : 255;
                weight += alpha;
                sums[0] += (bytes[i] & 255) * (long) alpha;
                sums[1] += (bytes[i + 1] & 255) * (long) alpha;
                sums[2] += (bytes[i + 2] & 255) * (long) alpha;
            }
        }
        return weight;
    }
}
