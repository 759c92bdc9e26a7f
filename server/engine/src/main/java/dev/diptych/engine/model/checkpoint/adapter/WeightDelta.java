// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import java.util.List;

/// The change of one parameter: delta = multiplier · f(factors), computed in float32 when asked for.
///
/// @param component  whose parameter it is, for example `unet`
/// @param parameter  its name, for example `mid_block.attentions.0.proj_in.weight`
/// @param shape      its shape
/// @param factors    what the file stores
/// @param multiplier alpha / rank, or alpha / √rank where the file says so; 1 if it has no alpha
public record WeightDelta(String component, String parameter, List<Long> shape, Factors factors, double multiplier) {
    /// Adds rows of the delta to rows of the parameter. For one thread.
    @FunctionalInterface
    public interface Rows {
        /// @param scale  the user's: 0 leaves the parameter as it is, 1 is what was trained
        /// @param first  number of the first row; a row is all of a parameter with one index in its first dimension
        /// @param count  how many rows
        /// @param target the rows of the parameter, row-major from 0 on, to which the delta is added
        void add(double scale, long first, int count, float[] target);
    }

    /// Reads the factors, not the product. Let go of it soon.
    public Rows open() {
        RowSource source = factors.rows();
        float[] row = new float[source.length()];
        return (scale, first, count, target) -> {
            float factor = (float) (scale * multiplier);
            for (int i = 0; i < count; i++) {
                source.row(first + i, row);
                int at = Math.multiplyExact(i, row.length);
                for (int j = 0; j < row.length; j++) {
                    target[at + j] += factor * row[j];
                }
            }
        };
    }
}
