// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// One pixel: sRGB, straight alpha, each 0 to 1. Values outside are allowed while computing and are clamped when stored.
public record Pixel(double red, double green, double blue, double alpha) {
    /// Opaque.
    public static final Pixel BLACK = new Pixel(0, 0, 0, 1);

    /// Opaque.
    public static final Pixel WHITE = new Pixel(1, 1, 1, 1);

    /// Black, and not to be seen.
    public static final Pixel TRANSPARENT = new Pixel(0, 0, 0, 0);

    /// Opaque.
    public Pixel(double red, double green, double blue) {
        this(red, green, blue, 1);
    }

    /// Each colour times `factor`; alpha stays.
    public Pixel scaled(double factor) {
        return new Pixel(red * factor, green * factor, blue * factor, alpha);
    }

    /// Between two pixels, all four components alike.
    ///
    /// @param share 0 gives this pixel, 1 the other; what lies outside extrapolates
    public Pixel mixed(Pixel other, double share) {
        return new Pixel(
                red + (other.red - red) * share,
                green + (other.green - green) * share,
                blue + (other.blue - blue) * share,
                alpha + (other.alpha - alpha) * share);
    }

    /// Rec. 709 weights on the encoded values, 0 to 1.
    public double luminance() {
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }
}
