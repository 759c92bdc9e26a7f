// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.util.List;

/// An embedding with only the most important directions of a set. Ramesh et al., arXiv:2204.06125, section 4 and figure 7: with few components the
/// decoder sees only coarse meaning, with more the details come.
@Extension
@NodeType(
        id = "clip/principal-components",
        title = "Principal components",
        group = "CLIP",
        description =
                "Keeps of an embedding only what lies in the first k principal directions of a set of embeddings. Decode the result for several k to see which meaning comes first.")
public final class PrincipalComponents implements Node<PrincipalComponents.In, PrincipalComponents.Out> {
    public record In(
            @Help("The set whose directions are found: as many and as different as there are, at least two")
                    List<Embedding> set,
            @Help("The embedding that is reduced; it need not be of the set") Embedding embedding,
            @Help("How many directions are kept; more than there are keeps what the set spans")
                    @Default("20")
                    @Range(min = 0, max = 4096, step = 1)
                    int components) {}

    public record Out(
            Embedding embedding,
            @Help("How much of the set's variance lies in the directions that are kept, 0 to 1") double explained) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.set().size() < 2) {
            throw NodeException.user(
                    "clip/set-too-small", "The set has %d embeddings; two are needed.", in.set().size());
        }
        in.set().forEach(each -> Vectors.requireOneSpace(each, in.embedding()));
        PrincipalDirections directions = PrincipalDirections.of(in.set(), context::checkCancelled);
        float[] reduced = directions.reduced(in.embedding().vector().floats(), in.components());
        return new Out(
                new Embedding(Tensor.ofFloats(reduced, reduced.length), in.embedding().space()),
                directions.explained(in.components()));
    }
}
