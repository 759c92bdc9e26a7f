// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;

/// diffusers' `PriorTransformer`.
///
/// `forward` takes `hidden_states`, the noisy embedding (batch, width), `timestep` (batch), `proj_embedding` (batch, condition width) and, as the configuration has it, `encoder_hidden_states` (batch, tokens, width),
/// with or without `attention_mask` (batch, tokens). It gives `predicted_image_embedding`, and `post_processed`, the same as CLIP would give it. `post_process_latents` does the latter alone, to
/// `prior_latents`. A configuration whose noisy embedding is several tokens takes and gives it as (batch, tokens, width).
@Extension
public final class PriorArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("PriorTransformer");
    }

    @Override
    public Network describe(Config config) {
        PriorSettings settings = PriorSettings.of(config);
        Network.Description<PriorTransformer> network =
                Network.of(new PriorTransformer(settings))
                        .function("forward", (prior, f) -> new Call(f, settings, true).predict(prior, false));
        if (!settings.hasUnplacedTokens()) {
            network.function("forward", (prior, f) -> new Call(f, settings, true).predict(prior, true));
        }
        if (!settings.projectsText() && settings.noisyTokens(false) > 0) {
            network.function("forward", (prior, f) -> new Call(f, settings, false).predict(prior, false));
        }
        return network.function(
                        "post_process_latents",
                        (prior, f) -> {
                            Symbol latents = f.input("prior_latents", f.batch(), settings.outWidth());
                            f.output("prior_latents", prior.denormalized(latents));
                        })
                .network();
    }

    /// The inputs of one way to call the network.
    private record Call(FunctionScope f, PriorSettings settings, boolean hasText) {
        void predict(PriorTransformer prior, boolean isMasked) {
            int tokens = settings.noisyTokens(hasText);
            Symbol noisy =
                    tokens == 1
                            ? f.input("hidden_states", f.batch(), settings.embeddingWidth()).unsqueeze(1)
                            : f.input("hidden_states", f.batch(), tokens, settings.embeddingWidth());
            Symbol timesteps = f.input("timestep", SymbolType.FLOAT32, f.batch());
            Symbol condition = f.input("proj_embedding", f.batch(), settings.conditionWidth());
            Symbol predicted = prior.of(noisy, timesteps, condition, text(), isMasked ? mask() : null);
            f.output("predicted_image_embedding", predicted);
            f.output("post_processed", prior.denormalized(predicted));
        }

        private @Nullable Symbol text() {
            int width = settings.projectsText() ? settings.embeddingWidth() : settings.width();
            return hasText ? f.input("encoder_hidden_states", f.batch(), settings.textTokens(), width) : null;
        }

        private Symbol mask() {
            return f.input("attention_mask", SymbolType.INT64, f.batch(), settings.textTokens());
        }
    }
}
