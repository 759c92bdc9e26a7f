// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import java.util.Map;

/// What the library transformers writes into every `config.json` whatever the network is: names, training, and the generation of text.
public final class TransformersSettings {
    private static final String[] GENERAL = {
        "architectures",
        "attn_implementation",
        "chunk_size_feed_forward",
        "dtype",
        "finetuning_task",
        "id2label",
        "initializer_factor",
        "initializer_range",
        "label2id",
        "model_type",
        "name_or_path",
        "output_attentions",
        "output_hidden_states",
        "problem_type",
        "return_dict",
        "task_specific_params",
        "tf_legacy_loss",
        "tie_encoder_decoder",
        "tie_word_embeddings",
        "tokenizer_class",
        "torch_dtype",
        "torchscript",
        "transformers_version",
        "use_bfloat16",
        "use_return_dict",
    };

    private static final String[] GENERATION = {
        "bad_words_ids",
        "begin_suppress_tokens",
        "bos_token_id",
        "decoder_start_token_id",
        "diversity_penalty",
        "do_sample",
        "early_stopping",
        "encoder_no_repeat_ngram_size",
        "eos_token_id",
        "exponential_decay_length_penalty",
        "forced_bos_token_id",
        "forced_eos_token_id",
        "length_penalty",
        "max_length",
        "min_length",
        "no_repeat_ngram_size",
        "num_beam_groups",
        "num_beams",
        "num_return_sequences",
        "output_past",
        "output_scores",
        "pad_token_id",
        "prefix",
        "remove_invalid_values",
        "repetition_penalty",
        "return_dict_in_generate",
        "sep_token_id",
        "suppress_tokens",
        "temperature",
        "top_k",
        "top_p",
        "typical_p",
        "use_cache",
    };

    private TransformersSettings() {}

    /// Says that these settings need not be heeded by an encoder. Dropout is not among them, since each network names its own.
    ///
    /// @return the same
    /// @throws dev.diptych.api.error.NodeException if heads are pruned, which changes the network
    public static Config ignore(Config config) {
        return config.only("pruned_heads", Map.of())
                .only("is_decoder", false)
                .only("add_cross_attention", false)
                .ignore("is_encoder_decoder", "cross_attention_hidden_size")
                .ignore(GENERAL)
                .ignore(GENERATION);
    }
}
