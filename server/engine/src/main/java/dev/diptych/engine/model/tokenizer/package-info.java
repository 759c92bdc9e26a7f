// SPDX-License-Identifier: Apache-2.0

/// Tokenizers out of the files that models are published with. Each is turned into a `tokenizer.json` in memory, which Hugging Face's native library runs;
/// that library is loaded with the first tokenizer and not before.
@NullMarked
package dev.diptych.engine.model.tokenizer;

import org.jspecify.annotations.NullMarked;
