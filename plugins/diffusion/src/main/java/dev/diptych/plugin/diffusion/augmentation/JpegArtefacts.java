// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import dev.diptych.api.value.Tensor;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/// What JPEG makes of a picture: compressed with the JDK's codec, and read again.
final class JpegArtefacts {
    private JpegArtefacts() {}

    /// @param picture (batch, 3, height, width), -1 … 1
    /// @param quality 1 to 100
    static Tensor of(Tensor picture, int quality) {
        int height = picture.size(2);
        int width = picture.size(3);
        int plane = height * width;
        float[] in = picture.floats();
        float[] out = new float[in.length];
        for (int start = 0; start < in.length; start += 3 * plane) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < plane; i++) {
                int red = toByte(in[start + i]);
                int green = toByte(in[start + plane + i]);
                int blue = toByte(in[start + 2 * plane + i]);
                image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
            }
            BufferedImage worse = read(compressed(image, quality));
            for (int i = 0; i < plane; i++) {
                int rgb = worse.getRGB(i % width, i / width);
                out[start + i] = fromByte(rgb >> 16 & 255);
                out[start + plane + i] = fromByte(rgb >> 8 & 255);
                out[start + 2 * plane + i] = fromByte(rgb & 255);
            }
        }
        return Tensor.ofFloats(out, picture.shape());
    }

    private static byte[] compressed(BufferedImage image, int quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality / 100f);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static BufferedImage read(byte[] bytes) {
        try {
            return ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int toByte(float value) {
        return Math.clamp(Math.round((value + 1) * 127.5f), 0, 255);
    }

    private static float fromByte(int value) {
        return value / 127.5f - 1;
    }
}
