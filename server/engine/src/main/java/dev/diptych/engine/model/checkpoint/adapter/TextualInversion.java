// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.Shapes;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A word learnt as embeddings of a text encoder: Gal et al., arXiv:2208.01618. One vector or several, which then stand for as many tokens.
///
/// @param token    the word, where the file says it
/// @param encoders for each text encoder its vectors
public record TextualInversion(Optional<String> token, List<Vectors> encoders) {
    private static final String CODE = "engine/bad-textual-inversion";
    private static final String WEB_UI = "string_to_param.";
    private static final Map<String, String> ENCODERS = Map.of("clip_l", "text_encoder", "clip_g", "text_encoder_2");

    /// @param component `text_encoder` or `text_encoder_2`
    /// @param tensor    (vectors, width)
    public record Vectors(String component, StoredTensor tensor) {}

    public TextualInversion {
        encoders = List.copyOf(encoders);
    }

    /// The forms of diffusers (`{"<word>": vector}`), of the web UI (`string_to_param`, or `emb_params` as safetensors) and of Stable Diffusion XL
    /// (`clip_l`, `clip_g`).
    ///
    /// @throws NodeException `engine/bad-textual-inversion` if this is none of them
    public static TextualInversion read(Checkpoint file) {
        Map<String, StoredTensor> tensors = file.tensors();
        if (tensors.containsKey("clip_l") || tensors.containsKey("clip_g")) {
            List<Vectors> encoders = new ArrayList<>();
            for (String name : List.of("clip_l", "clip_g")) {
                StoredTensor tensor = tensors.get(name);
                if (tensor != null) {
                    encoders.add(new Vectors(ENCODERS.getOrDefault(name, name), matrix(tensor)));
                }
            }
            return new TextualInversion(Optional.ofNullable(file.metadata().get("name")), encoders);
        }
        StoredTensor known = tensors.get("emb_params");
        if (known == null && tensors.keySet().stream().filter(name -> name.startsWith(WEB_UI)).count() == 1) {
            known =
                    tensors.get(
                            tensors.keySet().stream()
                                    .filter(name -> name.startsWith(WEB_UI))
                                    .findFirst()
                                    .orElseThrow());
        }
        if (known != null) {
            return of(Optional.ofNullable(file.metadata().get("name")), known);
        }
        if (tensors.size() != 1) {
            throw NodeException.user(
                    CODE,
                    "The file holds %d tensors; a learnt word is one, or one for each text encoder (\"clip_l\", \"clip_g\").",
                    tensors.size());
        }
        StoredTensor only = tensors.values().iterator().next();
        return of(Optional.of(only.name()), only);
    }

    private static TextualInversion of(Optional<String> token, StoredTensor tensor) {
        return new TextualInversion(token, List.of(new Vectors("text_encoder", matrix(tensor))));
    }

    private static StoredTensor matrix(StoredTensor tensor) {
        long[] shape = tensor.shape();
        if (!tensor.type().isFloating() || tensor.elements() == 0 || shape.length < 1 || shape.length > 2) {
            throw NodeException.user(
                    CODE,
                    "\"%s\" is %s %s; a vector or several of them are needed.",
                    Shown.text(tensor.name()),
                    tensor.type(),
                    Shapes.text(shape));
        }
        return shape.length == 2 ? tensor : tensor.reshaped(1, shape[0]);
    }
}
