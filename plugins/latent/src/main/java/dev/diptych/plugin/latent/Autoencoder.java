// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.NoiseSource;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Between pictures and the latents that are diffused, which are scaled to a variance of about 1.
final class Autoencoder {
    private static final double USUAL_SCALING = 0.18215;

    private final Model network;
    private final double scaling;
    private final int channels;
    private final int factor;

    Autoencoder(Model network) {
        this.network = network;
        scaling = network.config().number("scaling_factor", USUAL_SCALING);
        channels = network.config().integer("latent_channels", 4);
        factor = 1 << network.config().integers("block_out_channels", List.of(64)).size() - 1;
    }

    /// Of a latent.
    int channels() {
        return channels;
    }

    /// How many pixels wide and high a latent's pixel is.
    int factor() {
        return factor;
    }

    /// One draw of the latents that a picture may have.
    ///
    /// @param picture (batch, 3, height, width), -1 to 1
    /// @param noise   drawn from once, of the latent's shape
    /// @return (batch, channels, height / factor, width / factor), scaled
    Tensor encode(Tensor picture, NoiseSource noise) {
        Map<String, Tensor> moments = network.call("encode", Map.of("sample", picture));
        Tensor mean = output(moments, "latent_mean");
        Tensor drawn = TensorMath.plusProduct(mean, output(moments, "latent_std"), noise.normal(mean.shape()));
        return TensorMath.linear(scaling, drawn);
    }

    /// @param latent (batch, channels, height, width), scaled
    /// @return (batch, 3, height * factor, width * factor), about -1 to 1
    Tensor decode(Tensor latent) {
        return output(network.call("decode", Map.of("latent", TensorMath.linear(1 / scaling, latent))), "decoded");
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
