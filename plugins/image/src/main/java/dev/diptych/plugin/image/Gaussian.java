// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;

/// Blur with a Gaussian, row by row and then column by column; edges continue with their last pixel.
final class Gaussian {
    private static final double REACH = 3;

    private Gaussian() {}

    /// Colours are weighted by alpha, so that what is transparent lends no colour.
    ///
    /// @param sigma in pixels; 0 gives the picture itself
    static Image blurred(Image image, double sigma, NodeContext context) {
        if (sigma == 0) {
            return image;
        }
        int width = image.width();
        int height = image.height();
        int channels = image.channels();
        float[][] planes = new float[channels][width * height];
        byte[] bytes = image.bytes();
        for (int i = 0; i < width * height; i++) {
            float alpha = channels == 4 ? (bytes[i * 4 + 3] & 255) / 255f : 1;
            for (int c = 0; c < channels; c++) {
                planes[c][i] = (bytes[i * channels + c] & 255) * (c < 3 ? alpha : 1);
            }
        }
        for (int c = 0; c < channels; c++) {
            context.progress(c / (double) channels, "");
            planes[c] = blurred(planes[c], width, height, sigma, context);
        }
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < width * height; i++) {
            float alpha = channels == 4 ? planes[3][i] / 255f : 1;
            for (int c = 0; c < channels; c++) {
                float value = c == 3 || alpha == 0 ? planes[c][i] : planes[c][i] / alpha;
                result[i * channels + c] = (byte) Math.round(Math.clamp(value, 0f, 255f));
            }
        }
        return Image.ofBytes(width, height, channels, result);
    }

    /// @param plane (height, width)
    static float[] blurred(float[] plane, int width, int height, double sigma, NodeContext context) {
        if (sigma == 0) {
            return plane;
        }
        float[] kernel = kernel(sigma);
        float[] across = pass(plane, width, height, kernel, context);
        return pass(across, height, width, kernel, context);
    }

    /// One half with the middle first; twice the half without the middle, plus the middle, is 1.
    private static float[] kernel(double sigma) {
        int reach = (int) Math.max(1, Math.ceil(REACH * sigma));
        double[] weights = new double[reach + 1];
        double sum = 0;
        for (int i = 0; i <= reach; i++) {
            weights[i] = Math.exp(-i * i / (2 * sigma * sigma));
            sum += i == 0 ? weights[i] : 2 * weights[i];
        }
        float[] kernel = new float[reach + 1];
        for (int i = 0; i <= reach; i++) {
            kernel[i] = (float) (weights[i] / sum);
        }
        return kernel;
    }

    /// Blurs the rows, and turns the plane on its side: two passes give it back upright.
    private static float[] pass(float[] plane, int width, int height, float[] kernel, NodeContext context) {
        float[] turned = new float[plane.length];
        for (int y = 0; y < height; y++) {
            context.checkCancelled();
            int row = y * width;
            for (int x = 0; x < width; x++) {
                float sum = plane[row + x] * kernel[0];
                for (int i = 1; i < kernel.length; i++) {
                    sum += kernel[i] * (plane[row + Math.max(0, x - i)] + plane[row + Math.min(width - 1, x + i)]);
                }
                turned[x * height + y] = sum;
            }
        }
        return turned;
    }
}
