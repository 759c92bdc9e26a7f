// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Writes pictures as JPEG: for previews, thumbnails, and whoever asks for it. What is transparent becomes white.
public final class JpegWriter {
    private JpegWriter() {}

    /// @param quality 0 to 1
    public static byte[] write(Image image, double quality) {
        BufferedImage picture = opaque(image);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality((float) quality);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, List.of(), null), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static BufferedImage opaque(Image image) {
        BufferedImage picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        int[] row = new int[image.width()];
        byte[] bytes = image.bytes();
        int channels = image.channels();
        for (int y = 0, i = 0; y < image.height(); y++) {
            for (int x = 0; x < row.length; x++, i += channels) {
                int alpha = channels == 4 ? bytes[i + 3] & 255 : 255;
                row[x] =
                        onWhite(bytes[i], alpha) << 16
                                | onWhite(bytes[i + 1], alpha) << 8
                                | onWhite(bytes[i + 2], alpha);
            }
            picture.getRaster().setDataElements(0, y, row.length, 1, row);
        }
        return picture;
    }

    private static int onWhite(byte value, int alpha) {
        return ((value & 255) * alpha + 255 * (255 - alpha) + 127) / 255;
    }
}
