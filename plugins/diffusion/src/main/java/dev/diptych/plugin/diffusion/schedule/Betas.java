// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// Families of betas, in double precision; a [NoiseSchedule] is made from them. β_t is the variance of the noise that timestep t adds.
public final class Betas {
    private Betas() {}

    /// Ho et al.'s, stretched to any number of timesteps: guided-diffusion's `get_named_beta_schedule("linear")`.
    public static double[] linear(int count) {
        double scale = 1000.0 / count;
        return linear(scale * 0.0001, scale * 0.02, count);
    }

    /// Evenly spaced from `start` to `end`. `numpy.linspace`.
    public static double[] linear(double start, double end, int count) {
        double[] betas = new double[count];
        double step = (end - start) / (count - 1);
        for (int t = 0; t < count; t++) {
            betas[t] = t == count - 1 && count > 1 ? end : count == 1 ? start : t * step + start;
        }
        return betas;
    }

    /// Squares of evenly spaced roots, as Stable Diffusion was trained: diffusers' `scaled_linear`.
    public static double[] scaledLinear(double start, double end, int count) {
        double[] betas = linear(Math.sqrt(start), Math.sqrt(end), count);
        for (int t = 0; t < count; t++) {
            betas[t] *= betas[t];
        }
        return betas;
    }

    /// ᾱ follows a squared cosine. Nichol and Dhariwal, arXiv:2102.09672; guided-diffusion's `cosine`, diffusers' `squaredcos_cap_v2`.
    public static double[] cosine(int count) {
        return ofAlphaBar(count, u -> Math.pow(Math.cos((u + 0.008) / 1.008 * Math.PI / 2), 2));
    }

    /// Betas whose products follow a function, none above 0.999: `betas_for_alpha_bar`.
    ///
    /// @param alphaBar ᾱ at the fraction 0 … 1 of the whole time
    public static double[] ofAlphaBar(int count, DoubleUnaryOperator alphaBar) {
        double[] betas = new double[count];
        for (int t = 0; t < count; t++) {
            double before = alphaBar.applyAsDouble((double) t / count);
            double after = alphaBar.applyAsDouble((double) (t + 1) / count);
            betas[t] = Math.min(1 - after / before, 0.999);
        }
        return betas;
    }

    /// ᾱ = exp(-12 u): diffusers' `exp` of the Heun scheduler.
    public static double[] exponential(int count) {
        return ofAlphaBar(count, u -> Math.exp(-12 * u));
    }

    /// The logarithmic signal-to-noise ratio follows a Laplace distribution: diffusers' `laplace` of the DDPM scheduler.
    public static double[] laplace(int count) {
        return ofAlphaBar(
                count,
                u -> {
                    double sign = Math.copySign(1, 0.5 - u);
                    double ratio = Math.exp(-0.5 * sign * Math.log(1 - 2 * Math.abs(0.5 - u) + 1e-6));
                    return Math.sqrt(ratio / (1 + ratio));
                });
    }

    /// A logistic curve from `start` to `end` over -6 … 6: diffusers' `sigmoid` of the DDPM scheduler, after GeoDiff.
    public static double[] sigmoid(double start, double end, int count) {
        double[] betas = linear(-6, 6, count);
        for (int t = 0; t < count; t++) {
            betas[t] = (end - start) / (1 + Math.exp(-betas[t])) + start;
        }
        return betas;
    }

    /// The same value everywhere: the latent process of the diffusion autoencoder has 0.008.
    public static double[] constant(double beta, int count) {
        double[] betas = new double[count];
        Arrays.fill(betas, beta);
        return betas;
    }
}
