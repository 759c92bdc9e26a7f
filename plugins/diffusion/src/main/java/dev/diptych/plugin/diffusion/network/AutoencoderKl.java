// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;

/// `AutoencoderKL`: pictures to the latents that Stable Diffusion works on, and back. Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models",
/// arXiv:2112.10752, section 3.1.
///
/// `encode` takes `sample`, a picture from -1 to 1 (batch, channels, height, width), and gives `latent_mean` and `latent_std` of its latent (batch, latent channels,
/// height / f, width / f), where each resolution but the last halves. `decode` takes `latent` and gives `decoded`. Neither applies the scaling and shift of
/// latents that the configuration names.
@Extension
public final class AutoencoderKl implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("AutoencoderKL");
    }

    @Override
    public Network describe(Config config) {
        AutoencoderKlSettings settings = AutoencoderKlSettings.of(config);
        return Network.of(new Autoencoder(settings))
                .function("encode", (autoencoder, f) -> autoencoder.encode(f, settings.pictureChannels()))
                .function("decode", (autoencoder, f) -> autoencoder.decode(f, settings.latentChannels()))
                .network();
    }

    @Override
    public String parameterName(String stored) {
        return OlderNames.newer(stored);
    }

    private static final class Autoencoder extends Module {
        private final AutoencoderKlEncoder encoder;
        private final AutoencoderKlDecoder decoder;
        private final @Nullable Conv2d quantConv;
        private final @Nullable Conv2d postQuantConv;

        Autoencoder(AutoencoderKlSettings settings) {
            int channels = settings.latentChannels();
            encoder = new AutoencoderKlEncoder(settings);
            decoder = new AutoencoderKlDecoder(settings);
            quantConv = settings.hasQuantConv() ? new Conv2d(2 * channels, 2 * channels, 1) : null;
            postQuantConv = settings.hasPostQuantConv() ? new Conv2d(channels, channels, 1) : null;
        }

        void encode(FunctionScope f, int channels) {
            Symbol moments = encoder.of(f.input("sample", f.batch(), channels, f.size("height"), f.size("width")));
            moments = quantConv == null ? moments : quantConv.of(moments);
            Symbol[] parts = moments.chunk(2, 1); // mean, logarithm of the variance
            f.output("latent_mean", parts[0]);
            f.output("latent_std", parts[1].clamp(-30, 20).times(0.5).exp());
        }

        void decode(FunctionScope f, int channels) {
            Symbol latent = f.input("latent", f.batch(), channels, f.size("height"), f.size("width"));
            f.output("decoded", decoder.of(postQuantConv == null ? latent : postQuantConv.of(latent)));
        }
    }
}
