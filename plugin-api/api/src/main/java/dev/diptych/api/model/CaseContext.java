// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;

import java.nio.file.Path;

/// What a [CaseRunner] may ask the engine for.
public interface CaseContext {
    /// The model of [#node].
    ModelReference MODEL = new ModelReference("model");

    /// A network with its weights, from a folder with `config.json` and safetensors files.
    ///
    /// @param className the architecture, as the case names it
    /// @throws UnsupportedOperationException if no plugin describes such an architecture, or not with this configuration
    Model model(Path folder, String className);

    /// A node's surroundings, in which [#MODEL] stands for a model folder as it was published: for cases of whole pipelines.
    ///
    /// @param folder with `model_index.json`
    NodeContext node(Path folder);

    /// Makes tokenizers.
    Tokenizers tokenizers();

    /// A published vocabulary by its file name: the resource `vocabularies/<name>` of whichever plugin brings it.
    ///
    /// @param name a file name, for example `bpe_simple_vocab_16e6.txt.gz`; folders in front of it are ignored
    /// @throws UnsupportedOperationException if no plugin brings it
    byte[] vocabulary(String name);
}
