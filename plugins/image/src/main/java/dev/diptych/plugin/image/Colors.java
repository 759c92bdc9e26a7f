// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Pixel;

/// Colours as users write them.
final class Colors {
    private Colors() {}

    /// @param text `#rrggbb` or `#rrggbbaa`
    static Pixel parse(String text) {
        if (!text.matches("#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})")) {
            throw NodeException.user("image/bad-color", "\"%s\" is no colour.", text)
                    .next("Write #rrggbb, for example #ff8800, or #rrggbbaa.");
        }
        long value = Long.parseLong(text.substring(1), 16);
        long rgba = text.length() == 7 ? value << 8 | 255 : value;
        return new Pixel(
                (rgba >> 24 & 255) / 255.0,
                (rgba >> 16 & 255) / 255.0,
                (rgba >> 8 & 255) / 255.0,
                (rgba & 255) / 255.0);
    }
}
