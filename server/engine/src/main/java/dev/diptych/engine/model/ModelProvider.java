// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;

import java.util.List;
import java.util.Optional;

/// Gives nodes their models, and the engine what these are. Thread-safe.
///
/// Each method throws a [NodeException] if there is no such model or component, naming the nearest there are.
public interface ModelProvider {
    /// A live network.
    ///
    /// @param component part of the checkpoint, for example `decoder`; `model` for a folder that is one network
    /// @param scope     on whose behalf it is called
    Model model(ModelReference reference, String component, CallScope scope);

    /// The tokenizer that lies in a component's folder, with the words that adapters bring.
    Tokenizer tokenizer(ModelReference reference, String component);

    /// The settings of any component; of the pipeline itself for `model_index`.
    Config config(ModelReference reference, String component);

    /// The names of the components, in the order of publication.
    List<String> components(ModelReference reference);

    /// The space that the model's embeddings live in, see [ModelCatalog#embeddingSpace].
    String embeddingSpace(ModelReference reference);

    /// What a reference stands for: a digest of the contents of the model and of its adapters, with their scales. Blocks for as long as it takes to
    /// read files that were never read before.
    ///
    /// @return empty if a model that it names is not installed or cannot be read
    Optional<String> digest(ModelReference reference);

    /// The device class and number format that networks are computed with, for example `cpu float32`: results of another one are not taken from the cache.
    default String computation() {
        return "cpu float32";
    }

    /// For a process that has no models: each request is an error that says so.
    static ModelProvider none() {
        return new NoModels();
    }
}
