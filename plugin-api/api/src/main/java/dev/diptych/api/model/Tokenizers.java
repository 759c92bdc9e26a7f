// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import java.nio.file.Path;

/// Makes tokenizers out of the files that models are published with. Usable from any thread.
public interface Tokenizers {
    /// The tokenizer in a model component's folder: from `tokenizer.json`, from `vocab.json` and `merges.txt` (CLIP, GPT-2), or from `spiece.model` (T5),
    /// with `tokenizer_config.json` and `special_tokens_map.json` if they are there. Reading one folder again gives the same tokenizer while its files are unchanged.
    ///
    /// @throws dev.diptych.api.error.NodeException if there is none, or it is broken or of a kind that is not known: names the file
    Tokenizer read(Path folder);

    /// OpenAI's `SimpleTokenizer`, as CLIP and GLIDE's noisy CLIP have it. It repairs a text first, as ftfy does except for mojibake, decodes HTML entities, and makes
    /// it lower case. `transformers`' `CLIPTokenizer`, which [#read] gives, does neither of the first two: some texts have other ids there.
    ///
    /// @param merges `bpe_simple_vocab_16e6.txt`, packed with gzip or not
    /// @throws dev.diptych.api.error.NodeException if it is no such file
    Tokenizer openAiClip(byte[] merges);

    /// GPT-2's byte-pair encoding over lower case, with neither start nor end, padded with the last id: GLIDE's text.
    ///
    /// @param encoder `encoder.json`, packed with gzip or not
    /// @param merges  `vocab.bpe`, packed with gzip or not
    /// @throws dev.diptych.api.error.NodeException if one of them is no such file
    Tokenizer glide(byte[] encoder, byte[] merges);
}
