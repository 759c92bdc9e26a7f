// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.CosineSimilarity;
import dev.diptych.plugin.diffusion.guidance.Gradient;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Guidance of pictures without noise towards an embedding, by the encoder that the embedding is of: an ordinary CLIP's. Its network has a function `similarity`:
///
/// | input | |
/// |---|---|
/// | `pictures` (batch, channels, height, width) | -1 to 1, of any size |
/// | `mean`, `deviation` (channels) | what values from 0 to 1 are shifted and scaled by |
/// | `wanted` (batch, dimensions) | embeddings, of any length |
/// | `weights` (batch) | |
///
/// and gives `similarity` (batch), the weights times the cosines, whose derivatives by the weights are the cosines.
public final class EmbeddingGuide {
    private static final String SIMILARITY = "similarity";
    private static final String PICTURES = "pictures";
    private static final String WEIGHTS = "weights";
    private static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
    private static final List<Double> CLIP_DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

    private EmbeddingGuide() {}

    /// What guides by a node's inputs.
    ///
    /// @param reference, wanted null where they were left open
    /// @return null where nothing guides: both are left open, or the scale is 0
    /// @throws NodeException `diffusion/needs-guide` if only one is given, and as [#of]
    public static @Nullable Gradient gradient(
            NodeContext context, @Nullable ModelReference reference, @Nullable Embedding wanted, double scale) {
        if (reference == null && wanted == null) {
            return null;
        }
        if (reference == null || wanted == null) {
            throw NodeException.user(
                            "diffusion/needs-guide",
                            "Of \"guide\" and \"guideModel\" only one is given: CLIP guides with both.")
                    .next("Link clip/encode-text to \"guide\", and set \"guideModel\" to the same CLIP.");
        }
        Gradient pull = of(context, reference, wanted).sphericalDistance();
        return scale == 0 ? null : pull.scaled(scale);
    }

    /// @param reference a whole CLIP, or a pipeline with its `image_encoder`
    /// @param wanted    the embedding of a caption, of a picture, or a mix
    /// @throws NodeException `diffusion/no-image-encoder`, `diffusion/other-embedding`, `diffusion/no-direction`; when asked, `diffusion/guide-channels`
    public static CosineSimilarity of(NodeContext context, ModelReference reference, Embedding wanted) {
        List<String> components = context.components(reference);
        String component = components.contains("image_encoder") ? "image_encoder" : "model";
        if (!components.contains(component)) {
            throw noEncoder(reference, String.join(", ", components));
        }
        Model network = context.model(reference, component);
        NetworkFunction function =
                network.network().functions().stream()
                        .filter(each -> each.name().equals(SIMILARITY))
                        .findFirst()
                        .orElseThrow(() -> noEncoder(reference, component + ", which does not compare"));
        requireSpace(context, reference, wanted);
        requireDirection(wanted);
        long channels =
                Objects.requireNonNull(
                        function.inputs().stream()
                                .filter(input -> input.name().equals(PICTURES))
                                .findFirst()
                                .orElseThrow()
                                .symbol()
                                .shape()
                                .get(1)
                                .known());
        Preparation preparation = Preparation.of(context, reference, component);
        return (pictures, _) -> {
            requireChannels(reference, channels, pictures);
            return found(network, preparation, wanted, pictures);
        };
    }

    private static CosineSimilarity.Found found(
            Model network, Preparation preparation, Embedding wanted, Tensor pictures) {
        int batch = pictures.size(0);
        Tensor row = wanted.vector();
        Tensor rows = Slices.repeated(Tensor.ofFloats(row.floats(), 1, row.length()), batch);
        Map<String, Tensor> gradients =
                network.gradient(
                        SIMILARITY,
                        Map.of(
                                PICTURES,
                                pictures,
                                "mean",
                                preparation.mean(),
                                "deviation",
                                preparation.deviation(),
                                "wanted",
                                rows,
                                WEIGHTS,
                                TensorMath.filled(1, batch)),
                        SIMILARITY,
                        List.of(PICTURES, WEIGHTS));
        float[] values = Objects.requireNonNull(gradients.get(WEIGHTS)).floats();
        double[] cosines = new double[batch];
        Arrays.setAll(cosines, i -> values[i]);
        return new CosineSimilarity.Found(cosines, Objects.requireNonNull(gradients.get(PICTURES)));
    }

    /// What an encoder's values are shifted and scaled by, (channels) each.
    private record Preparation(Tensor mean, Tensor deviation) {
        static Preparation of(NodeContext context, ModelReference reference, String component) {
            try {
                Config config =
                        context.config(reference, component.equals("model") ? "preprocessor" : "feature_extractor");
                return !config.flag("do_normalize", true)
                        ? new Preparation(tensor(List.of(0.0, 0.0, 0.0)), tensor(List.of(1.0, 1.0, 1.0)))
                        : new Preparation(
                                tensor(config.has("image_mean") ? config.numbers("image_mean") : CLIP_MEAN),
                                tensor(config.has("image_std") ? config.numbers("image_std") : CLIP_DEVIATION));
            } catch (NodeException e) {
                if (e.code().equals("model/config")) {
                    throw e;
                }
                return new Preparation(tensor(CLIP_MEAN), tensor(CLIP_DEVIATION));
            }
        }

        private static Tensor tensor(List<Double> values) {
            float[] floats = new float[values.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = values.get(i).floatValue();
            }
            return Tensor.ofFloats(floats, floats.length);
        }
    }

    private static void requireSpace(NodeContext context, ModelReference reference, Embedding wanted) {
        String own = context.embeddingSpace(reference);
        if (!own.equals(wanted.space())) {
            throw NodeException.user(
                            "diffusion/other-embedding",
                            "The embedding that guides lives in the space %.12s, the pictures of %s in %.12s.",
                            wanted.space(),
                            reference.id(),
                            own)
                    .next("Make the embedding with the CLIP that guides.");
        }
    }

    private static void requireDirection(Embedding wanted) {
        double norm = TensorMath.norm(wanted.vector());
        if (!(norm > 0) || Double.isInfinite(norm)) {
            throw NodeException.user(
                            "diffusion/no-direction",
                            "The embedding that guides has the norm %s, so it points nowhere.",
                            norm)
                    .next("Check what made it: two equal captions have no difference.");
        }
    }

    private static void requireChannels(ModelReference reference, long channels, Tensor pictures) {
        if (pictures.size(1) != channels) {
            throw NodeException.user(
                            "diffusion/guide-channels",
                            "%s sees pictures of %d channels, and these have %d.",
                            reference.id(),
                            channels,
                            pictures.size(1))
                    .next("Guide a model of colour pictures, or leave the guide open.");
        }
    }

    private static NodeException noEncoder(ModelReference reference, String what) {
        return NodeException.user(
                        "diffusion/no-image-encoder",
                        "%s has no encoder that compares pictures with embeddings; it has %s.",
                        reference.id(),
                        what)
                .next("Choose a whole CLIP, or a model with CLIP's image encoder.");
    }
}
