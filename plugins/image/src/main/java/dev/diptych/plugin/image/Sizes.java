// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;

/// Sizes that have to agree.
final class Sizes {
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
}
