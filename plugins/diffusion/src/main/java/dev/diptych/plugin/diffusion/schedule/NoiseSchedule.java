// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// The noise levels a network was trained on: for timestep t, x_t = √ᾱ_t x₀ + √(1 - ᾱ_t) ε, with ᾱ_t = Π_{s ≤ t} (1 - β_s).
/// Timesteps count from 0, the least noisy level. Immutable.
///
/// The numbers are those of a reference: [#ofBetas] computes in double as guided-diffusion does, [#single] rounds to float32
/// wherever diffusers' tensors do, since published models meet those rounded levels.
public final class NoiseSchedule {
    private final double[] betas;
    private final double[] cumulative;
    private final boolean single;

    private NoiseSchedule(double[] betas, double[] cumulative, boolean single) {
        this.betas = betas;
        this.cumulative = cumulative;
        this.single = single;
    }

    /// In double precision.
    ///
    /// @param betas each in (0, 1], the first for the least noise
    /// @throws IllegalArgumentException if there is none, or one outside
    public static NoiseSchedule ofBetas(double... betas) {
        double[] cumulative = new double[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1 - betas[t];
            cumulative[t] = product;
        }
        return new NoiseSchedule(checked(betas), cumulative, false);
    }

    /// Rounded as `torch.cumprod(1 - betas)` of float32 tensors on a processor: the product runs in double, each value is rounded.
    ///
    /// @param betas each in (0, 1]; rounded to float32
    /// @throws IllegalArgumentException if there is none, or one outside
    public static NoiseSchedule single(double... betas) {
        double[] rounded = new double[betas.length];
        double[] cumulative = new double[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            float beta = (float) betas[t];
            rounded[t] = beta;
            product *= 1f - beta;
            cumulative[t] = (float) product;
        }
        return new NoiseSchedule(checked(rounded), cumulative, true);
    }

    private static double[] checked(double[] betas) {
        if (betas.length == 0) {
            throw new IllegalArgumentException("A noise schedule needs at least one beta");
        }
        for (int t = 0; t < betas.length; t++) {
            if (!(betas[t] > 0 && betas[t] <= 1)) {
                throw new IllegalArgumentException("beta %s at timestep %d is outside 0 … 1".formatted(betas[t], t));
            }
        }
        return betas.clone();
    }

    /// How many timesteps there are.
    public int length() {
        return betas.length;
    }

    /// β_t
    public double beta(int timestep) {
        return betas[timestep];
    }

    /// All of [#beta(int)], from timestep 0.
    public double[] betas() {
        return betas.clone();
    }

    /// ᾱ_t: the share of the picture's variance; 1 for the picture itself, 0 for pure noise.
    public double alphaCumulative(int timestep) {
        return cumulative[timestep];
    }

    /// ᾱ between whole timesteps, interpolated; before the first and behind the last, theirs.
    public double interpolatedAlphaCumulative(double timestep) {
        double inside = Math.min(Math.max(timestep, 0), length() - 1);
        int below = (int) inside;
        double share = inside - below;
        double alpha = cumulative[below];
        return share == 0 ? alpha : alpha + share * (cumulative[below + 1] - alpha);
    }

    /// All of [#alphaCumulative(int)], from timestep 0.
    public double[] alphasCumulative() {
        return cumulative.clone();
    }

    /// Noise per signal, √((1 - ᾱ_t) / ᾱ_t); infinite where ᾱ_t is 0.
    public double sigma(int timestep) {
        double alpha = cumulative[timestep];
        if (single) {
            float rounded = (float) alpha;
            return (float) Math.sqrt((1f - rounded) / rounded);
        }
        return Math.sqrt((1 - alpha) / alpha);
    }

    /// All of [#sigma], from timestep 0.
    public double[] sigmas() {
        double[] sigmas = new double[length()];
        for (int t = 0; t < sigmas.length; t++) {
            sigmas[t] = sigma(t);
        }
        return sigmas;
    }

    /// The same schedule, stretched so that the last level is pure noise. Lin et al., arXiv:2305.08891, algorithm 1;
    /// diffusers' `rescale_zero_terminal_snr`, in float32.
    public NoiseSchedule withZeroTerminalSnr() {
        int last = length() - 1;
        float[] roots = new float[last + 1];
        for (int t = 0; t <= last; t++) {
            roots[t] = (float) Math.sqrt(cumulative[t]);
        }
        float first = roots[0];
        float end = roots[last];
        float stretch = first / (first - end);
        double[] rescaled = new double[last + 1];
        float before = 1;
        for (int t = 0; t <= last; t++) {
            float root = (roots[t] - end) * stretch;
            float alpha = root * root;
            rescaled[t] = t == 0 ? 1f - alpha : 1f - alpha / before;
            before = alpha;
        }
        return single(rescaled);
    }

    /// The same schedule with another last level. Solvers that divide by the signal take 2⁻²⁴ in place of 0, as diffusers do.
    public NoiseSchedule withLastLevel(double alphaCumulative) {
        double[] changed = cumulative.clone();
        changed[changed.length - 1] = alphaCumulative;
        return new NoiseSchedule(betas, changed, single);
    }

    /// The levels at some timesteps only, as a schedule of their own: ᾱ stays, β'_i = 1 - ᾱ_{t_i} / ᾱ_{t_{i-1}}.
    /// guided-diffusion's `SpacedDiffusion`.
    ///
    /// @param timesteps ascending
    public NoiseSchedule spaced(int... timesteps) {
        double[] spaced = new double[timesteps.length];
        double before = 1;
        for (int i = 0; i < spaced.length; i++) {
            double alpha = cumulative[timesteps[i]];
            spaced[i] = 1 - alpha / before;
            before = alpha;
        }
        return ofBetas(spaced);
    }

    /// Forward diffusion in one stride: √ᾱ_t clean + √(1 - ᾱ_t) noise. guided-diffusion's `q_sample`, diffusers' `add_noise`.
    ///
    /// @param noise standard normal, of the shape of `clean`
    public Tensor noised(Tensor clean, Tensor noise, int timestep) {
        double alpha = cumulative[timestep];
        return TensorMath.linear(Math.sqrt(alpha), clean, Math.sqrt(1 - alpha), noise);
    }

    /// What a network that predicts v should answer: √ᾱ_t noise - √(1 - ᾱ_t) clean. Salimans and Ho, arXiv:2202.00512.
    public Tensor velocity(Tensor clean, Tensor noise, int timestep) {
        double alpha = cumulative[timestep];
        return TensorMath.linear(Math.sqrt(alpha), noise, -Math.sqrt(1 - alpha), clean);
    }
}
