// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;

import java.util.List;
import java.util.Optional;

/// The models of a hub for nodes: networks come from devices, everything else from files.
///
/// ```java
/// ModelProvider models = new InstalledModels(hub, (reference, component, scope) -> devices.model(hub.component(reference, component), scope));
/// ```
///
/// @param networks gives live networks
public record InstalledModels(ModelCatalog catalog, Networks networks) implements ModelProvider {
    /// Loads components of models and calls them.
    @FunctionalInterface
    public interface Networks {
        /// @throws dev.diptych.api.error.NodeException if there is no such model or component, or it cannot be loaded
        Model model(ModelReference reference, String component, CallScope scope);

        /// As [ModelProvider#computation].
        default String computation() {
            return "cpu float32";
        }

        /// Of a process that computes no networks.
        static Networks none() {
            return (reference, component, _) -> {
                throw NodeException.resource(
                        "engine/no-device",
                        "The network \"%s\" of %s is asked for, but this process has no device to compute it.",
                        component,
                        reference.id());
            };
        }
    }

    @Override
    public String computation() {
        return networks.computation();
    }

    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        return networks.model(reference, component, scope);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        return catalog.tokenizer(reference, component);
    }

    @Override
    public Config config(ModelReference reference, String component) {
        return catalog.config(reference, component);
    }

    @Override
    public List<String> components(ModelReference reference) {
        return catalog.components(reference);
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        return catalog.embeddingSpace(reference);
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        return catalog.digest(reference);
    }
}
