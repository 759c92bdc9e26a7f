// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Tensor;

import java.util.Arrays;
import java.util.Comparator;

/// Chooses codes by what a network says of each bucket.
///
/// @param temperature 0 always takes the likeliest, 1 draws as the network says, more draws more evenly
/// @param topP        of the likeliest buckets as many as together are this likely can be drawn; 1 for all. Holtzman et al., arXiv:1904.09751
/// @param guidance    g on logits: l_u + g (l_c - l_u); 1 is conditional
record CodeSampler(double temperature, double topP, double guidance) {
    /// @param logits (rows, buckets); with guidance, first as many unconditional rows as follow conditional ones
    /// @return a code for each (conditional) row
    long[] draw(Tensor logits, NoiseGenerator random) {
        int rows = isGuided() ? logits.size(0) / 2 : logits.size(0);
        float[] uniform = random.uniform(rows).floats();
        long[] codes = new long[rows];
        for (int row = 0; row < rows; row++) {
            codes[row] = draw(row(logits, row, rows), uniform[row]);
        }
        return codes;
    }

    boolean isGuided() {
        return guidance != 1;
    }

    private double[] row(Tensor logits, int row, int rows) {
        int buckets = logits.size(1);
        float[] values = logits.floats();
        double[] own = new double[buckets];
        for (int k = 0; k < buckets; k++) {
            double first = values[row * buckets + k];
            own[k] = isGuided() ? first + guidance * (values[(rows + row) * buckets + k] - first) : first;
        }
        return own;
    }

    private int draw(double[] logits, double uniform) {
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, k -> k);
        Arrays.sort(order, Comparator.comparingDouble((Integer k) -> -logits[k])); // stable: of equal ones the first
        if (temperature == 0) {
            return order[0];
        }
        double[] weights = new double[order.length];
        double all = 0;
        for (int i = 0; i < order.length; i++) {
            weights[i] = Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
            all += weights[i];
        }
        double likely = 0;
        int kept = 0;
        while (kept < order.length && (kept == 0 || likely < topP * all)) {
            likely += weights[kept++];
        }
        double left = uniform * likely;
        for (int i = 0; i < kept - 1; i++) {
            left -= weights[i];
            if (left < 0) {
                return order[i];
            }
        }
        return order[kept - 1];
    }
}
