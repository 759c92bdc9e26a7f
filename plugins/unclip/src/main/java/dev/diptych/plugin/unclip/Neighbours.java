// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Tensor;

/// How much the pixels of noise know of each other.
final class Neighbours {
    private Neighbours() {}

    /// The correlation of each pixel with that to its right.
    ///
    /// @param noise (1, channels, height, width)
    static double correlation(Tensor noise) {
        float[] values = noise.floats();
        int width = noise.size(3);
        double mean = 0;
        for (float value : values) {
            mean += value / (double) values.length;
        }
        double products = 0;
        double squares = 0;
        int pairs = 0;
        for (int i = 0; i < values.length; i++) {
            squares += (values[i] - mean) * (values[i] - mean);
            if (i % width != width - 1) {
                products += (values[i] - mean) * (values[i + 1] - mean);
                pairs++;
            }
        }
        return pairs == 0 || squares == 0 ? 0 : products / pairs / (squares / values.length);
    }
}
