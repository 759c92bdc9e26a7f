// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.value.Pixel;

import java.util.function.DoubleBinaryOperator;

/// How a colour on top meets the one below, for each colour channel from 0 to 1. W3C, "Compositing and Blending Level 1", section 10.
public enum BlendMode {
    NORMAL((_, above) -> above),
    MULTIPLY((below, above) -> below * above),
    SCREEN((below, above) -> below + above - below * above),
    OVERLAY((below, above) -> hardLight(above, below)),
    HARD_LIGHT(BlendMode::hardLight),
    SOFT_LIGHT(BlendMode::softLight),
    DARKEN(Math::min),
    LIGHTEN(Math::max),
    DIFFERENCE((below, above) -> Math.abs(below - above)),
    ADD((below, above) -> Math.min(1, below + above)),
    SUBTRACT((below, above) -> Math.max(0, below - above));

    private final DoubleBinaryOperator function;

    BlendMode(DoubleBinaryOperator function) {
        this.function = function;
    }

    private static double hardLight(double below, double above) {
        return above <= 0.5 ? 2 * below * above : 1 - 2 * (1 - below) * (1 - above);
    }

    private static double softLight(double below, double above) {
        if (above <= 0.5) {
            return below - (1 - 2 * above) * below * (1 - below);
        }
        double d = below <= 0.25 ? ((16 * below - 12) * below + 4) * below : Math.sqrt(below);
        return below + (2 * above - 1) * (d - below);
    }

    /// Source-over with this mode, straight alpha.
    ///
    /// @param opacity of the upper pixel, besides its own alpha
    Pixel over(Pixel below, Pixel above, double opacity) {
        double top = above.alpha() * opacity;
        double alpha = top + below.alpha() * (1 - top);
        if (alpha == 0) {
            return Pixel.TRANSPARENT;
        }
        return new Pixel(
                channel(below.red(), above.red(), below.alpha(), top, alpha),
                channel(below.green(), above.green(), below.alpha(), top, alpha),
                channel(below.blue(), above.blue(), below.alpha(), top, alpha),
                alpha);
    }

    private double channel(double below, double above, double bottom, double top, double alpha) {
        double mixed = (1 - bottom) * above + bottom * function.applyAsDouble(below, above);
        return (top * mixed + (1 - top) * bottom * below) / alpha;
    }
}
