// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.ModelReference;

/// Gives nodes their models.
@FunctionalInterface
public interface ModelProvider {
    /// @throws NodeException if there is no such model, naming those there are
    Model model(ModelReference reference, String component);

    /// For a process that has no device: each request is an error that says so.
    static ModelProvider none() {
        return (reference, _) -> {
            throw NodeException.resource(
                            "engine/no-models",
                            "Model %s is asked for, but this process runs no models.",
                            reference.id())
                    .next("Install a plugin that brings model support.");
        };
    }
}
