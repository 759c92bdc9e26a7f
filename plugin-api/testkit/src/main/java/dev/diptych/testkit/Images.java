// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import java.util.SplittableRandom;

/// Pictures to test with.
public final class Images {
    private Images() {}

    public static Image white(int width, int height) {
        return filled(width, height, Pixel.WHITE);
    }

    public static Image filled(int width, int height, Pixel color) {
        return Image.filled(width, height, color);
    }

    /// Black at the left, white at the right.
    public static Image gradient(int width, int height) {
        return Image.generated(
                width,
                height,
                3,
                (x, _) -> {
                    double grey = x / (double) Math.max(1, width - 1);
                    return new Pixel(grey, grey, grey);
                });
    }

    /// Every byte random.
    ///
    /// @param channels 3 or 4
    public static Image random(int width, int height, int channels, long seed) {
        byte[] bytes = new byte[width * height * channels];
        new SplittableRandom(seed).nextBytes(bytes);
        return Image.ofBytes(width, height, channels, bytes);
    }

    /// The largest difference of any channel of any pixel, 0 to 255.
    ///
    /// @throws IllegalArgumentException if sizes or channels differ
    public static int largestDifference(Image one, Image other) {
        if (one.width() != other.width() || one.height() != other.height() || one.channels() != other.channels()) {
            throw new IllegalArgumentException(one + " and " + other + " have different sizes");
        }
        int largest = 0;
        for (int i = 0; i < one.bytes().length; i++) {
            largest = Math.max(largest, Math.abs((one.bytes()[i] & 255) - (other.bytes()[i] & 255)));
        }
        return largest;
    }
}
