// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.t5;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.SymbolType;

import org.pf4j.Extension;

import java.util.List;

/// `T5EncoderModel`. `forward` takes `input_ids` (batch, tokens), with or without `attention_mask`, and gives `last_hidden_state` (batch, tokens, width).
/// The file of a whole T5 will do, and either name of the embedding.
@Extension
public final class T5EncoderArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("T5EncoderModel");
    }

    @Override
    public Network describe(Config config) {
        return Network.of(new T5Encoder(T5Settings.of(config)))
                .function("forward", (encoder, f) -> encode(encoder, f, false))
                .function("forward", (encoder, f) -> encode(encoder, f, true))
                .network();
    }

    private static void encode(T5Encoder encoder, FunctionScope f, boolean isMasked) {
        var ids = f.input("input_ids", SymbolType.INT64, f.batch(), f.size("tokens"));
        var mask = isMasked ? f.input("attention_mask", SymbolType.INT64, f.batch(), f.size("tokens")) : null;
        f.output("last_hidden_state", encoder.of(ids, mask));
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of("decoder.*", "lm_head.*");
    }

    @Override
    public String parameterName(String stored) {
        return stored.equals("encoder.embed_tokens.weight") ? "shared.weight" : stored;
    }
}
