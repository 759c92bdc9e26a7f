// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelProvider;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Models of which only the digests are known.
///
/// @param digests by name
record InstalledDigests(Map<String, String> digests) implements ModelProvider {
    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Config config(ModelReference reference, String component) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> components(ModelReference reference) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        return Optional.ofNullable(digests.get(reference.id()));
    }
}
