// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.value.Image;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.PngWriter;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.Deflater;

import javax.imageio.ImageIO;

/// Our PNG encoder against ImageIO's in time, and against zlib level 4 over Paeth rows in size, on a picture with the
/// statistics of a photograph: smooth light, edges, texture at all scales, and sensor noise.
final class PngBenchmark implements Benchmark {
    private static final int SIDE = 1024;

    @Override
    public String name() {
        return "png";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws IOException {
        Image picture = natural(isQuick ? SIDE / 4 : SIDE);
        BufferedImage same = buffered(picture);
        byte[] ours = PngWriter.write(picture);
        if (!new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS).read(ours, "benchmark").equals(picture)) {
            throw new IllegalStateException("The picture does not come back as it was");
        }
        double own = Double.MAX_VALUE;
        double imageIo = Double.MAX_VALUE;
        for (int i = 0; i < (isQuick ? 1 : 15); i++) {
            long began = System.nanoTime();
            PngWriter.write(picture);
            own = Math.min(own, (System.nanoTime() - began) / 1e6);
            began = System.nanoTime();
            ImageIO.write(same, "png", new ByteArrayOutputStream());
            imageIo = Math.min(imageIo, (System.nanoTime() - began) / 1e6);
        }
        double level4 = zlibLevel4(picture);
        return List.of(
                Figure.of("encoding", own, "ms").against(imageIo),
                Figure.atMost(0.4, "time against ImageIO", own / imageIo, "x"),
                Figure.of("size", ours.length / 1024.0, "KB").against(level4 / 1024),
                Figure.atMost(1.1, "size against zlib level 4", ours.length / level4, "x"));
    }

    private static Image natural(int side) {
        SplittableRandom random = new SplittableRandom(7);
        double[][] layers = new double[8][];
        for (int octave = 0; octave < layers.length; octave++) {
            int cells = 2 << octave;
            layers[octave] = random.doubles((long) (cells + 1) * (cells + 1), -1, 1).toArray();
        }
        byte[] bytes = new byte[side * side * 3];
        for (int y = 0, i = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double texture = 0;
                for (int octave = 0; octave < layers.length; octave++) {
                    texture +=
                            value(layers[octave], 2 << octave, x / (double) side, y / (double) side)
                                    * Math.pow(0.55, octave);
                }
                boolean isInside = Math.hypot(x - side * 0.6, y - side * 0.45) < side * 0.25;
                double light = 110 + 60.0 * y / side + (isInside ? 45 : 0) + 38 * texture;
                for (int c = 0; c < 3; c++) {
                    double grain = random.nextDouble(-2, 2);
                    bytes[i++] = (byte) Math.clamp(light + (c - 1) * (isInside ? 25 : -12) + grain, 0, 255);
                }
            }
        }
        return Image.ofBytes(side, side, 3, bytes);
    }

    /// Smooth between the corners of a cell.
    private static double value(double[] layer, int cells, double u, double v) {
        int x = (int) (u * cells);
        int y = (int) (v * cells);
        double fx = u * cells - x;
        double fy = v * cells - y;
        fx = fx * fx * (3 - 2 * fx);
        fy = fy * fy * (3 - 2 * fy);
        int row = cells + 1;
        double top = layer[y * row + x] * (1 - fx) + layer[y * row + x + 1] * fx;
        double bottom = layer[(y + 1) * row + x] * (1 - fx) + layer[(y + 1) * row + x + 1] * fx;
        return top * (1 - fy) + bottom * fy;
    }

    private static BufferedImage buffered(Image picture) {
        BufferedImage image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_3BYTE_BGR);
        byte[] bytes = picture.bytes();
        for (int y = 0, i = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++, i += 3) {
                image.setRGB(x, y, (bytes[i] & 255) << 16 | (bytes[i + 1] & 255) << 8 | bytes[i + 2] & 255);
            }
        }
        return image;
    }

    /// The stream that a common encoder makes: of each row the filter with the smallest sum of differences, then level 4.
    private static double zlibLevel4(Image picture) {
        int stride = picture.width() * 3;
        byte[] filtered = new byte[(stride + 1) * picture.height()];
        byte[] bytes = picture.bytes();
        byte[] candidate = new byte[stride];
        for (int y = 0; y < picture.height(); y++) {
            long best = Long.MAX_VALUE;
            for (int filter = 0; filter < 5; filter++) {
                long sum = 0;
                for (int i = 0; i < stride; i++) {
                    int left = i < 3 ? 0 : bytes[y * stride + i - 3] & 255;
                    int up = y == 0 ? 0 : bytes[(y - 1) * stride + i] & 255;
                    int corner = i < 3 || y == 0 ? 0 : bytes[(y - 1) * stride + i - 3] & 255;
                    int predicted =
                            switch (filter) {
                                case 1 -> left;
                                case 2 -> up;
                                case 3 -> (left + up) / 2;
                                case 4 -> paeth(left, up, corner);
                                default -> 0;
                            };
                    candidate[i] = (byte) (bytes[y * stride + i] - predicted);
                    sum += Math.abs(candidate[i]);
                }
                if (sum < best) {
                    best = sum;
                    filtered[y * (stride + 1)] = (byte) filter;
                    System.arraycopy(candidate, 0, filtered, y * (stride + 1) + 1, stride);
                }
            }
        }
        try (Deflater deflater = new Deflater(4)) {
            deflater.setInput(filtered);
            deflater.finish();
            byte[] out = new byte[1 << 16];
            long length = 0;
            while (!deflater.finished()) {
                length += deflater.deflate(out);
            }
            return length;
        }
    }

    private static int paeth(int left, int up, int corner) {
        int estimate = left + up - corner;
        int a = Math.abs(estimate - left);
        int b = Math.abs(estimate - up);
        int c = Math.abs(estimate - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
