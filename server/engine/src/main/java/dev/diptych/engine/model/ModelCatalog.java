// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.value.ModelReference;

/// The models that are installed.
public interface ModelCatalog {
    /// @param component part of the checkpoint, for example `decoder`; `model` for a folder that is one component
    /// @throws dev.diptych.api.error.NodeException if there is no such model or component, naming those there are
    ComponentSource component(ModelReference reference, String component);
}
