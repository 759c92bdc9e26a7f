// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.util.List;
import java.util.Locale;

/// How near embeddings lie to each other.
@Extension
@NodeType(
        id = "clip/similarity",
        title = "Similarity",
        group = "CLIP",
        description =
                "The cosine of the angle between each of some embeddings and each of others: 1 for the same direction, 0 for nothing in common.")
public final class Similarity implements Node<Similarity.In, Similarity.Out> {
    public record In(
            @Help("The rows of the table") List<Embedding> of,
            @Help("The columns of the table") List<Embedding> with) {}

    public record Out(
            @Help("(rows, columns)") Tensor table,
            @Help("The table as text, columns separated by tabs") String text,
            @Help("For each row the number of the nearest column, from 0") List<Integer> nearest) {}

    @Override
    public Out run(In in, NodeContext context) {
        int rows = in.of().size();
        int columns = in.with().size();
        float[] table = new float[rows * columns];
        StringBuilder text = new StringBuilder();
        Integer[] nearest = new Integer[rows];
        for (int i = 0; i < rows; i++) {
            int best = 0;
            for (int j = 0; j < columns; j++) {
                table[i * columns + j] = (float) Vectors.cosine(in.of().get(i), in.with().get(j));
                best = table[i * columns + j] > table[i * columns + best] ? j : best;
                text.append(j == 0 ? "" : "\t").append(String.format(Locale.ROOT, "%.4f", table[i * columns + j]));
            }
            nearest[i] = best;
            text.append('\n');
        }
        return new Out(
                Tensor.ofFloats(table, rows, columns), text.toString(), columns == 0 ? List.of() : List.of(nearest));
    }
}
