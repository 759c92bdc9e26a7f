// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The CLIP of a model folder, for the time of one node's run: a folder that is one whole CLIP, or a pipeline with a `text_encoder` and a `tokenizer`, an
/// `image_encoder` and a `feature_extractor`, or some of these. Radford et al., arXiv:2103.00020.
public final class Clip {
    private static final String WHOLE = "model";

    private final NodeContext context;
    private final ModelReference model;
    private final List<String> components;

    private Clip(NodeContext context, ModelReference model, List<String> components) {
        this.context = context;
        this.model = model;
        this.components = components;
    }

    public static Clip of(NodeContext context, ModelReference model) {
        return new Clip(context, model, context.components(model));
    }

    /// What captions become.
    ///
    /// @param embeddings (captions, dimensions), not normalised
    /// @param hidden     (captions, tokens, width), after the last norm
    /// @param mask       (captions, tokens), int64: 1 for a token, 0 for padding
    public record Texts(Tensor embeddings, Tensor hidden, Tensor mask) {}

    /// Encodes captions. One that is too long is cut, and the job's log says where.
    public Texts texts(List<String> captions) {
        boolean isWhole = components.contains(WHOLE);
        Tokenizer tokenizer = context.tokenizer(model, component(textual("tokenizer")));
        Model encoder = context.model(model, component(textual("text_encoder")));
        int length = Math.min(tokenizer.maxLength(), positions(encoder, isWhole));
        TokenBatch tokens = tokenizer.batch(captions, length);
        tokens.notices().forEach(notice -> context.log().warn("{}", notice));
        Map<String, Tensor> outputs =
                encoder.call(isWhole ? "get_text_features" : Model.FORWARD, Map.of("input_ids", tokens.ids()));
        Tensor embeddings = outputs.get("text_embeds");
        if (embeddings == null) {
            throw NodeException.user(
                            "clip/no-projection",
                            "%s: its text encoder has no projection into CLIP's space.",
                            model.id())
                    .next("Use a model that holds a whole CLIP.");
        }
        return new Texts(embeddings, output(outputs, "last_hidden_state"), tokens.mask());
    }

    private static int positions(Model encoder, boolean isWhole) {
        var config = isWhole ? encoder.config().object("text_config").orElse(encoder.config()) : encoder.config();
        return config.integer("max_position_embeddings", 77);
    }

    /// The embeddings of pictures, each prepared as the model wants it.
    ///
    /// @return (pictures, dimensions), not normalised
    public Tensor images(List<Image> images) {
        boolean isWhole = components.contains(WHOLE);
        Model encoder = context.model(model, component("image_encoder"));
        Tensor pixels = preparation(encoder, isWhole).prepare(images, context::checkCancelled);
        Map<String, Tensor> outputs =
                encoder.call(isWhole ? "get_image_features" : Model.FORWARD, Map.of("pixel_values", pixels));
        return output(outputs, "image_embeds");
    }

    /// As values that travel along links.
    public List<Embedding> imageEmbeddings(List<Image> images) {
        return rows(images(images), space());
    }

    private ImagePreparation preparation(Model encoder, boolean isWhole) {
        try {
            return ImagePreparation.of(context.config(model, isWhole ? "preprocessor" : "feature_extractor"));
        } catch (NodeException e) {
            if (e.code().equals("model/config")) {
                throw e;
            }
            var config = isWhole ? encoder.config().object("vision_config").orElse(encoder.config()) : encoder.config();
            return ImagePreparation.usual(config.integer("image_size", 224));
        }
    }

    /// The space that these embeddings live in.
    public String space() {
        return context.embeddingSpace(model);
    }

    /// Stable unCLIP has two text encoders, of which that of the prior is CLIP's.
    private String textual(String name) {
        return components.contains("prior_" + name) ? "prior_" + name : name;
    }

    private String component(String name) {
        if (components.contains(WHOLE)) {
            return WHOLE;
        }
        if (!components.contains(name)) {
            throw NodeException.user(
                            "clip/no-component",
                            "%s has no %s; it has %s.",
                            model.id(),
                            name.replace('_', ' '),
                            String.join(", ", components))
                    .next("Choose a model that has one, for example a whole CLIP.");
        }
        return name;
    }

    /// Each row of a batch, as a value.
    public static List<Embedding> rows(Tensor embeddings, String space) {
        int width = embeddings.size(1);
        List<Embedding> rows = new ArrayList<>();
        for (int i = 0; i < embeddings.size(0); i++) {
            rows.add(
                    new Embedding(
                            Tensor.ofFloats(Arrays.copyOfRange(embeddings.floats(), i * width, (i + 1) * width), width),
                            space));
        }
        return rows;
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
