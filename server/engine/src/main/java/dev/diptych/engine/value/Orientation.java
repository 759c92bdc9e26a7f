// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Image;

/// Turns a picture the way its EXIF orientation says.
final class Orientation {
    private Orientation() {}

    /// @param orientation 1 to 8: 2 mirrored, 3 upside down, 4 mirrored upside down, 5 transposed, 6 turned right, 7 transversed, 8 turned left
    static Image applied(Image image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        int width = image.width();
        int height = image.height();
        int channels = image.channels();
        boolean swaps = orientation >= 5;
        int outWidth = swaps ? height : width;
        int outHeight = swaps ? width : height;
        byte[] from = image.bytes();
        byte[] to = new byte[from.length];
        for (int y = 0; y < outHeight; y++) {
            for (int x = 0; x < outWidth; x++) {
                int sourceX =
                        switch (orientation) {
                            case 2, 3 -> width - 1 - x;
                            case 4 -> x;
                            case 5, 6 -> y;
                            default -> width - 1 - y;
                        };
                int sourceY =
                        switch (orientation) {
                            case 2 -> y;
                            case 3, 4 -> height - 1 - y;
                            case 5, 8 -> x;
                            default -> height - 1 - x;
                        };
                System.arraycopy(
                        from, (sourceY * width + sourceX) * channels, to, (y * outWidth + x) * channels, channels);
            }
        }
        return Image.ofBytes(outWidth, outHeight, channels, to);
    }
}
