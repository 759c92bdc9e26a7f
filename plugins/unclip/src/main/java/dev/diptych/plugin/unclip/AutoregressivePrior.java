// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.Step;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// From a caption to embeddings of pictures that it may describe, code after code: each code says where the embedding lies along one principal
/// component, and is drawn given those before it. Ramesh et al., arXiv:2204.06125, section 2.2.
final class AutoregressivePrior {
    private static final String CLASS = "AutoregressivePrior";

    private final NodeContext context;
    private final ModelReference reference;
    private final Model network;
    private final Config config;

    /// @throws NodeException if the model is another one
    AutoregressivePrior(NodeContext context, ModelReference reference) {
        List<String> components = context.components(reference);
        String component = components.contains("prior") ? "prior" : "model";
        String found =
                components.contains(component) ? context.config(reference, component).text("_class_name", "") : "";
        if (!found.equals(CLASS)) {
            throw otherModel(reference, found);
        }
        this.context = context;
        this.reference = reference;
        this.config = context.config(reference, component);
        this.network = context.model(reference, component);
    }

    private static NodeException otherModel(ModelReference reference, String found) {
        boolean isDiffusion = found.equals("PriorTransformer");
        return NodeException.user(
                        "unclip/no-autoregressive-prior",
                        "%s has no autoregressive prior%s.",
                        reference.id(),
                        isDiffusion ? ", but a diffusion prior" : found.isEmpty() ? "" : ": it is " + found)
                .next(
                        isDiffusion
                                ? "Use the node unclip/prior for it."
                                : "Choose a model whose config.json names the class " + CLASS + ".");
    }

    /// @param count how many embeddings
    /// @return (count, dimensions), as CLIP's image encoder gives them
    Tensor sample(
            Clip clip,
            String caption,
            String negative,
            int count,
            DotToken dot,
            CodeSampler sampler,
            NoiseGenerator random) {
        requireSpace(clip.space());
        TextConditions texts =
                TextConditions.of(clip, Collections.nCopies(count, caption), negative, sampler.isGuided());
        requireWidths(texts);
        int rows = texts.embeddings().size(0);
        int dimensions = config.integer("dimensions");
        long[] codes = new long[count * dimensions];
        try (Model.Session session = network.session(kept(rows))) {
            Tensor logits = null;
            long[] latest = new long[0];
            for (Step step : context.steps(dimensions)) {
                logits =
                        output(
                                logits == null
                                        ? session.call("begin", told(texts, dot, count, random))
                                        : session.call("next", Map.of("code", forRows(latest, rows))),
                                "logits");
                latest = sampler.draw(logits, random);
                for (int i = 0; i < count; i++) {
                    codes[i * dimensions + step.index()] = latest[i];
                }
            }
        }
        return output(
                network.call("dequantize", Map.of("codes", Tensor.ofLongs(codes, count, dimensions))), "embedding");
    }

    /// What its codes keep of embeddings.
    Tensor throughCodes(Embedding embedding) {
        requireSpace(embedding.space());
        requireWidth("The embedding", embedding.vector().length(), "embedding_width");
        return output(network.call("quantize", Map.of("embedding", Batches.rows(List.of(embedding)))), "embedding");
    }

    private Map<String, Tensor> told(TextConditions texts, DotToken dot, int count, NoiseGenerator random) {
        long[] tokens = dot.drawn(config.integer("dot_buckets"), count, random);
        return Map.of(
                "encoder_hidden_states", texts.hidden(),
                "attention_mask", texts.mask(),
                "proj_embedding", texts.embeddings(),
                "dot", forRows(tokens, texts.embeddings().size(0)));
    }

    /// The unconditional half goes the way of the conditional one.
    private static Tensor forRows(long[] values, int rows) {
        long[] all = Arrays.copyOf(values, rows);
        if (rows > values.length) {
            System.arraycopy(values, 0, all, values.length, values.length);
        }
        return Tensor.ofLongs(all, rows);
    }

    /// Keys and values of every token in every layer, in float32, and the caption's mask.
    private long kept(int rows) {
        long textLength = config.integer("text_length");
        long tokens = textLength + 2 + config.integer("dimensions");
        long numbers = 2L * config.integer("depth") * config.integer("width") * tokens + textLength;
        return rows * numbers * Float.BYTES;
    }

    /// A model says in what space it imagines; one that does not is taken at its word.
    private void requireSpace(String space) {
        String own = config.text("_embedding_space", space);
        if (!own.equals(space)) {
            throw Spaces.refused(
                            "The autoregressive prior of %s imagines embeddings of the space %.12s, and is given those of %.12s.",
                            reference.id(), own, space)
                    .next(Spaces.TRAINED);
        }
    }

    private void requireWidths(TextConditions texts) {
        requireWidth("The caption's embedding", texts.embeddings().size(1), "embedding_width");
        requireWidth("A state of the caption", texts.hidden().size(2), "text_width");
        requireWidth("The encoded caption", texts.hidden().size(1), "text_length");
    }

    private void requireWidth(String what, int found, String key) {
        int wanted = config.integer(key);
        if (found != wanted) {
            throw Spaces.refused(
                            "%s has %d %s; the autoregressive prior of %s takes %d.",
                            what, found, key.equals("text_length") ? "states" : "numbers", reference.id(), wanted)
                    .next(Spaces.TRAINED);
        }
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
