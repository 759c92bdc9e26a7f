// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;

import java.util.List;
import java.util.Optional;

/// Of a process that runs no models.
final class NoModels implements ModelProvider {
    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        throw refusal(reference);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        throw refusal(reference);
    }

    @Override
    public Config config(ModelReference reference, String component) {
        throw refusal(reference);
    }

    @Override
    public List<String> components(ModelReference reference) {
        throw refusal(reference);
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        throw refusal(reference);
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        return Optional.empty();
    }

    private static NodeException refusal(ModelReference reference) {
        return NodeException.resource(
                        "engine/no-models", "Model %s is asked for, but this process runs no models.", reference.id())
                .next("Install a plugin that brings model support.");
    }
}
