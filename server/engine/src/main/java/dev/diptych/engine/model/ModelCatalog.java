// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;

import java.util.List;
import java.util.Optional;

/// The models that are installed. Thread-safe.
///
/// Each method throws a [dev.diptych.api.error.NodeException] if there is no such model or component, naming those there are.
public interface ModelCatalog {
    /// What a device needs of a network.
    ///
    /// @param component part of the checkpoint, for example `decoder`; `model` for a folder that is one component
    ComponentSource component(ModelReference reference, String component);

    /// The settings of any component, read or not; of the pipeline itself for `model_index`.
    Config config(ModelReference reference, String component);

    /// The names of the components, in the order of publication.
    List<String> components(ModelReference reference);

    /// The tokenizer in a component's folder, with the words that the reference's adapters bring.
    Tokenizer tokenizer(ModelReference reference, String component);

    /// Which space the embeddings of the model's encoders live in: a digest of its text projection, else of its image projection, rounded to float16, so
    /// that neither file nor number format matters. Where an installed model has both projections, either stands for the same space.
    String embeddingSpace(ModelReference reference);

    /// A digest of the contents that a reference stands for, adapters and their scales included; empty if something of it is not installed, or broken.
    Optional<String> digest(ModelReference reference);
}
