// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Image;

import org.jspecify.annotations.Nullable;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/// Brings what a decoder gives to 8-bit sRGB with straight alpha. Grey stays the same grey: Java's own conversion would take it for linear light.
final class SrgbConversion {
    private SrgbConversion() {}

    /// @param profile a colour profile that the decoder did not apply, or null
    static Image convert(BufferedImage decoded, byte @Nullable [] profile) {
        if (decoded.getColorModel() instanceof IndexColorModel palette) {
            return profile == null ? fromArgb(decoded) : convert(withoutPalette(decoded, palette), profile);
        }
        ColorModel colors = decoded.getColorModel();
        int bands = decoded.getRaster().getNumBands();
        boolean isGrey = colors.getColorSpace().equals(ColorSpace.getInstance(ColorSpace.CS_GRAY)) && bands <= 2;
        boolean isSrgb = colors.getColorSpace().isCS_sRGB();
        if (!(isGrey || isSrgb && bands >= 3) || !(colors instanceof ComponentColorModel)) {
            return fromArgb(isSrgb ? decoded : converted(decoded));
        }
        ColorSpace space = space(profile, isGrey ? ColorSpace.TYPE_GRAY : ColorSpace.TYPE_RGB);
        if (space == null) {
            int alpha = colors.hasAlpha() ? bands - 1 : -1;
            return fromSamples(decoded, isGrey ? new int[] {0, 0, 0} : new int[] {0, 1, 2}, alpha);
        }
        ColorModel profiled =
                new ComponentColorModel(
                        space,
                        colors.hasAlpha(),
                        colors.isAlphaPremultiplied(),
                        colors.hasAlpha() ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
                        decoded.getRaster().getTransferType());
        return fromArgb(
                converted(new BufferedImage(profiled, decoded.getRaster(), colors.isAlphaPremultiplied(), null)));
    }

    private static BufferedImage withoutPalette(BufferedImage indexed, IndexColorModel palette) {
        BufferedImage plain =
                new BufferedImage(
                        indexed.getWidth(),
                        indexed.getHeight(),
                        palette.hasAlpha() ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR);
        int[] row = new int[indexed.getWidth()];
        for (int y = 0; y < indexed.getHeight(); y++) {
            indexed.getRGB(0, y, row.length, 1, row, 0, row.length);
            plain.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
        return plain;
    }

    /// @return null if there is no such profile, or it is damaged or that of sRGB: the samples are then taken for sRGB
    private static @Nullable ColorSpace space(byte @Nullable [] profile, int type) {
        if (profile == null) {
            return null;
        }
        try {
            ICC_Profile icc = ICC_Profile.getInstance(profile);
            ColorSpace space = new ICC_ColorSpace(icc);
            return icc.getColorSpaceType() == type && !space.isCS_sRGB() ? space : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static BufferedImage converted(BufferedImage image) {
        BufferedImage srgb =
                new BufferedImage(
                        image.getWidth(),
                        image.getHeight(),
                        image.getColorModel().hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        return new ColorConvertOp(null).filter(image, srgb);
    }

    /// Straight from the samples, which are sRGB or grey already.
    ///
    /// @param alpha the band, or -1
    private static Image fromSamples(BufferedImage image, int[] colors, int alpha) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        int height = image.getHeight();
        int channels = alpha < 0 ? 3 : 4;
        boolean isPremultiplied = alpha >= 0 && image.isAlphaPremultiplied();
        int bands = raster.getNumBands();
        int[] max = new int[bands];
        for (int band = 0; band < bands; band++) {
            int bits =
                    Math.min(
                            raster.getTransferType() == DataBuffer.TYPE_BYTE ? 8 : 16,
                            raster.getSampleModel().getSampleSize(band));
            max[band] = (1 << bits) - 1;
        }
        byte[] bytes = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        int[] row = new int[width * bands];
        int i = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int opacity = alpha < 0 ? 255 : scaled(row[x * bands + alpha], max[alpha]);
                for (int band : colors) {
                    int value = scaled(row[x * bands + band], max[band]);
                    bytes[i++] = (byte) (isPremultiplied && opacity > 0 ? Math.min(255, value * 255 / opacity) : value);
                }
                if (alpha >= 0) {
                    bytes[i++] = (byte) opacity;
                }
            }
        }
        return Image.ofBytes(width, height, channels, bytes);
    }

    private static int scaled(int sample, int max) {
        return max == 255 ? sample : (int) ((sample * 255L + max / 2) / max);
    }

    private static Image fromArgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int channels = image.getColorModel().hasAlpha() ? 4 : 3;
        byte[] bytes = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        int[] row = new int[width];
        int i = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int argb : row) {
                bytes[i++] = (byte) (argb >> 16);
                bytes[i++] = (byte) (argb >> 8);
                bytes[i++] = (byte) argb;
                if (channels == 4) {
                    bytes[i++] = (byte) (argb >>> 24);
                }
            }
        }
        return Image.ofBytes(width, height, channels, bytes);
    }
}
