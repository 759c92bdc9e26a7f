// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.value.Tensor;

/// The strength of guidance as a network is told it that was distilled to guide by itself. Meng et al., arXiv:2210.03142;
/// diffusers' `get_guidance_scale_embedding`.
final class GuidanceEmbedding {
    private static final double LONGEST_PERIOD = 10_000;

    private GuidanceEmbedding() {}

    /// @param scale g; the network is told g - 1
    /// @return (rows, width), sines before cosines
    static Tensor of(double scale, int rows, int width) {
        int half = width / 2;
        float weight = (float) ((scale - 1) * 1000);
        float fall = (float) (Math.log(LONGEST_PERIOD) / (half - 1));
        float[] values = new float[rows * width];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < half; i++) {
                float angle = weight * (float) Math.exp(i * -fall);
                values[row * width + i] = (float) Math.sin(angle);
                values[row * width + half + i] = (float) Math.cos(angle);
            }
        }
        return Tensor.ofFloats(values, rows, width);
    }
}
