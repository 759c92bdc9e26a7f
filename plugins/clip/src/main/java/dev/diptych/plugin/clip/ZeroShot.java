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
import dev.diptych.api.value.ModelReference;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Which of some words fits a picture. Radford et al., arXiv:2103.00020, section 3.1.
@Extension
@NodeType(
        id = "clip/zero-shot",
        title = "Zero-shot labels",
        group = "CLIP",
        description =
                "Says which of some labels fits an embedding best, and how sure that is. Nothing is trained: each label becomes a caption, and the nearest caption wins.")
public final class ZeroShot implements Node<ZeroShot.In, ZeroShot.Out> {
    private static final String PLACE = "{}";

    public record In(
            @Help("Model with a CLIP text encoder, the one that made the embedding") @Default("portraits/unclip")
                    ModelReference model,
            @Help("Usually a picture's") Embedding embedding,
            @Help("What it may be: \"lion\", \"cat\" …") List<String> labels,
            @Help("How a label becomes a caption; {} is the label") @Default("a {}") String template,
            @Help("Higher is surer; 100 in published models") @Default("100") @Range(min = 0.01, max = 1000)
                    double scale) {}

    public record Out(
            @Help("The label that fits best") String label,
            @Help("For each label, all together 1") List<Double> probabilities,
            @Help("Labels and probabilities, the likeliest first") String text) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.labels().isEmpty()) {
            throw NodeException.user("clip/no-labels", "No label is given; at least one is needed.");
        }
        if (!in.template().contains(PLACE)) {
            throw NodeException.user("clip/template", "The template has no place for the label.")
                    .next("Write {} where the label belongs, for example: a photo of a {}");
        }
        Clip clip = Clip.of(context, in.model());
        List<String> captions = in.labels().stream().map(label -> in.template().replace(PLACE, label)).toList();
        List<Embedding> texts = Clip.rows(clip.texts(captions).embeddings(), clip.space());
        List<Double> probabilities =
                softmax(texts.stream().map(text -> Vectors.cosine(in.embedding(), text)).toList(), in.scale());
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < captions.size(); i++) {
            order.add(i);
        }
        order.sort((a, b) -> Double.compare(probabilities.get(b), probabilities.get(a)));
        StringBuilder text = new StringBuilder();
        for (int i : order) {
            text.append(String.format(Locale.ROOT, "%.1f %%\t%s%n", 100 * probabilities.get(i), in.labels().get(i)));
        }
        return new Out(in.labels().get(order.getFirst()), probabilities, text.toString());
    }

    private static List<Double> softmax(List<Double> cosines, double scale) {
        double most = cosines.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        List<Double> powers = cosines.stream().map(cosine -> Math.exp(scale * (cosine - most))).toList();
        double total = powers.stream().mapToDouble(Double::doubleValue).sum();
        return powers.stream().map(power -> power / total).toList();
    }
}
