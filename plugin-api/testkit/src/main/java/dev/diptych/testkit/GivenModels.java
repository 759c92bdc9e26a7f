// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.value.Digests;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// Models that a test makes up.
record GivenModels(BiFunction<ModelReference, String, Model> models) implements ModelProvider {
    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        return models.apply(reference, component);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        throw NodeException.resource("testkit/no-tokenizer", "The test gives no tokenizer for %s.", reference.id());
    }

    /// Those of the model.
    @Override
    public Config config(ModelReference reference, String component) {
        return models.apply(reference, component).config();
    }

    @Override
    public List<String> components(ModelReference reference) {
        throw NodeException.resource(
                "testkit/no-components", "The test does not say which components %s has.", reference.id());
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        return "testkit:" + reference.id();
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        return Optional.of(Digests.of(reference.toString()));
    }
}
