// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;

import java.util.List;

/// Rows for networks.
final class Batches {
    private Batches() {}

    /// The same time for each row.
    static Tensor times(double timestep, int rows) {
        float[] values = new float[rows];
        java.util.Arrays.fill(values, (float) timestep);
        return Tensor.ofFloats(values, rows);
    }

    /// Embeddings of one space, one a row.
    static Tensor rows(List<Embedding> embeddings) {
        int width = embeddings.getFirst().vector().length();
        float[] values = new float[embeddings.size() * width];
        for (int i = 0; i < embeddings.size(); i++) {
            System.arraycopy(embeddings.get(i).vector().floats(), 0, values, i * width, width);
        }
        return Tensor.ofFloats(values, embeddings.size(), width);
    }
}
