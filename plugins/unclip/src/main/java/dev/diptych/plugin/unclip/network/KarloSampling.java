// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Solver;

/// How Karlo's authors sample from their networks: kakaobrain/karlo, `create_gaussian_diffusion` and the classes in `karlo/models`.
final class KarloSampling {
    private KarloSampling() {}

    /// The process that a configuration's part `diffusion` describes.
    ///
    /// @param respacing which timesteps are kept
    static GaussianDiffusion process(Config config, String respacing) {
        Config diffusion = config.object("diffusion").orElseThrow(() -> config.unsupported("diffusion", "is missing"));
        int steps = diffusion.integer("steps", 1000);
        double[] betas =
                switch (diffusion.text("noise_schedule", "squaredcos_cap_v2")) {
                    case "squaredcos_cap_v2", "cosine" -> Betas.cosine(steps);
                    case "linear" -> Betas.linear(steps);
                    default ->
                            throw diffusion.unsupported("noise_schedule", "allowed: squaredcos_cap_v2, cosine, linear");
                };
        VarianceType fixed = diffusion.flag("sigma_small", false) ? VarianceType.FIXED_SMALL : VarianceType.FIXED_LARGE;
        return GaussianDiffusion.of(
                NoiseSchedule.ofBetas(betas),
                respacing,
                diffusion.flag("predict_xstart", false) ? MeanType.START_X : MeanType.EPSILON,
                diffusion.flag("learn_sigma", false) ? VarianceType.LEARNED_RANGE : fixed);
    }

    /// DDIM where the respacing's name says so, else ancestral sampling.
    static Solver solver(GaussianDiffusion process, String respacing, SamplingHooks hooks) {
        boolean isDdim = respacing.startsWith("ddim") || respacing.startsWith("fast");
        return isDdim ? process.ddim(0, hooks) : process.ancestral(hooks);
    }

    /// u + g (c - u) with a g for each row; the variance, where the network tells it, is the conditional's.
    static Denoiser guided(Denoiser conditional, Denoiser unconditional, double[] scales) {
        return (x, timestep) -> {
            Tensor c = conditional.predict(x, timestep);
            Tensor u = Slices.channels(unconditional.predict(x, timestep), 0, x.size(1));
            Tensor direction = TensorMath.linear(1, Slices.channels(c, 0, x.size(1)), -1, u);
            Tensor guided = TensorMath.linear(1, u, 1, TensorMath.scaleSamples(direction, scales));
            return c.size(1) == x.size(1)
                    ? guided
                    : Slices.joinChannels(guided, Slices.channels(c, x.size(1), c.size(1)));
        };
    }
}
