// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import java.nio.file.Path;

/// What a [CaseRunner] may ask the engine for.
public interface CaseContext {
    /// A network with its weights, from a folder with `config.json` and safetensors files.
    ///
    /// @param className the architecture, as the case names it
    /// @throws UnsupportedOperationException if no plugin describes such an architecture, or not with this configuration
    Model model(Path folder, String className);

    /// Makes tokenizers.
    Tokenizers tokenizers();

    /// A published vocabulary by its file name: the resource `vocabularies/<name>` of whichever plugin brings it.
    ///
    /// @param name a file name, for example `bpe_simple_vocab_16e6.txt.gz`; folders in front of it are ignored
    /// @throws UnsupportedOperationException if no plugin brings it
    byte[] vocabulary(String name);
}
