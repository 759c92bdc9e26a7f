// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;

/// Sizes that have to agree, or to stay within bounds.
final class Sizes {
    private static final long MOST_PIXELS = 64_000_000;

    private Sizes() {}

    static void requireSame(String name, int width, int height, String other, Image image) {
        if (width != image.width() || height != image.height()) {
            throw NodeException.user(
                            "image/sizes-differ",
                            "\"%s\" has %d x %d pixels, \"%s\" has %d x %d.",
                            name,
                            width,
                            height,
                            other,
                            image.width(),
                            image.height())
                    .next("Resize one of them (image/resize).");
        }
    }

    /// @throws NodeException if a result would be too large to hold
    static void requireAtMost(int width, int height) {
        if ((long) width * height > MOST_PIXELS) {
            throw NodeException.user(
                            "image/too-large",
                            "The result would have %d x %d pixels, at most %d million are allowed.",
                            width,
                            height,
                            MOST_PIXELS / 1_000_000)
                    .next("Make the picture smaller first (image/resize).");
        }
    }
}
