// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.adapter.TextualInversion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A word that a text encoder gets by textual inversion: Gal et al., arXiv:2208.01618. One that has several vectors stands for as many tokens.
///
/// @param source    the adapter
/// @param component the text encoder
/// @param encoder   of the file's vectors
/// @param table     name of the text encoder's table of tokens
/// @param token     as it is written in prompts
/// @param count     how many vectors it has
record LearntWord(OpenedModel source, String component, String encoder, String table, String token, int count) {
    private static final String TABLE = "embeddings.token_embedding.weight";

    /// @param file  the adapter's
    /// @param scale that was asked for: a word has none
    /// @throws NodeException if the model has no such text encoder, or another width
    static LearntWord of(OpenedModel source, Checkpoint file, OpenedModel model, double scale) throws IOException {
        String id = source.found().id();
        if (scale != 1) {
            throw NodeException.user(
                            "model/adapter-scale", "%s is a learnt word, which has no scale; %s is given.", id, scale)
                    .next("Leave its scale out, and write the word in the prompt or not.");
        }
        TextualInversion inversion = TextualInversion.read(file);
        for (TextualInversion.Vectors vectors : inversion.encoders()) {
            String component = component(model, vectors.component());
            if (!model.components().contains(component)) {
                continue;
            }
            try (Checkpoint encoder = model.open(component)) {
                for (StoredTensor tensor : encoder.tensors().values()) {
                    long[] shape = tensor.shape();
                    if (tensor.name().endsWith(TABLE) && shape.length == 2) {
                        requireWidth(id, vectors.tensor(), shape[1], model.found().id());
                        int count = (int) vectors.tensor().shape()[0];
                        String token = inversion.token().orElseGet(() -> id.substring(id.lastIndexOf('/') + 1));
                        return new LearntWord(source, component, vectors.component(), tensor.name(), token, count);
                    }
                }
            }
        }
        throw NodeException.user(
                "model/wrong-adapter",
                "%s is a learnt word; %s has no text encoder that could learn it.",
                id,
                model.found().id());
    }

    private static String component(OpenedModel model, String encoder) {
        return model.components().equals(List.of(ModelFolder.ONLY)) ? ModelFolder.ONLY : encoder;
    }

    private static void requireWidth(String id, StoredTensor vectors, long width, String model) {
        if (vectors.shape()[1] != width) {
            throw NodeException.user(
                            "model/wrong-adapter",
                            "%s is a learnt word of width %d; the text encoder of %s has width %d.",
                            id,
                            vectors.shape()[1],
                            model,
                            width)
                    .next("Use a word that was learnt with this model's architecture.");
        }
    }

    /// @return (count, width)
    StoredTensor vectors(Checkpoint file) {
        return TextualInversion.read(file).encoders().stream()
                .filter(vectors -> vectors.component().equals(encoder))
                .findFirst()
                .orElseThrow()
                .tensor();
    }

    /// What the vocabulary gets: the word itself, then `word_1`, `word_2`, … for its further vectors.
    List<String> tokens() {
        List<String> tokens = new ArrayList<>(List.of(token));
        for (int i = 1; i < count; i++) {
            tokens.add(token + "_" + i);
        }
        return tokens;
    }
}
