// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NetworkOutput;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The diffusion process of guided-diffusion over some of its timesteps: `SpacedDiffusion`, openai/guided-diffusion at 22e0df8.
/// ADM, GLIDE, Karlo, ILVR and the diffusion autoencoder sample by it. An index i counts the timesteps that were kept, from the least noisy;
/// the network is told the original timestep. Immutable.
///
/// ```java
/// GaussianDiffusion process = GaussianDiffusion.of(NoiseSchedule.ofBetas(Betas.cosine(1000)), "ddim50", MeanType.EPSILON, VarianceType.LEARNED_RANGE);
/// Solver solver = process.ddim(0, SamplingHooks.clipping());
/// ```
public final class GaussianDiffusion {
    private final NoiseSchedule spaced;
    private final int[] timesteps;
    private final MeanType mean;
    private final VarianceType variance;
    private final double timestepScale;

    private GaussianDiffusion(
            NoiseSchedule spaced, int[] timesteps, MeanType mean, VarianceType variance, double timestepScale) {
        this.spaced = spaced;
        this.timesteps = timesteps;
        this.mean = mean;
        this.variance = variance;
        this.timestepScale = timestepScale;
    }

    /// @param schedule  all timesteps of the network's training
    /// @param respacing which of them are kept, see [TimestepRespacing]
    /// @throws dev.diptych.api.error.NodeException `diffusion/respacing`
    public static GaussianDiffusion of(NoiseSchedule schedule, String respacing, MeanType mean, VarianceType variance) {
        return of(schedule, TimestepRespacing.parse(respacing, schedule.length()), mean, variance);
    }

    /// @param timesteps which are kept, ascending
    public static GaussianDiffusion of(NoiseSchedule schedule, int[] timesteps, MeanType mean, VarianceType variance) {
        return new GaussianDiffusion(schedule.spaced(timesteps), timesteps.clone(), mean, variance, 1);
    }

    /// The same, where the network is told timesteps as if there were 1000 of them: `rescale_timesteps`.
    ///
    /// @param trained how many timesteps there are
    public GaussianDiffusion withRescaledTimesteps(int trained) {
        return new GaussianDiffusion(spaced, timesteps, mean, variance, 1000.0 / trained);
    }

    /// How many timesteps were kept.
    public int length() {
        return timesteps.length;
    }

    /// The original timesteps, ascending: `timestep_map`.
    public int[] timesteps() {
        return timesteps.clone();
    }

    /// The schedule over the timesteps that were kept.
    public NoiseSchedule schedule() {
        return spaced;
    }

    /// What the network is told at an index: `_WrappedModel`.
    public double networkTimestep(int index) {
        return timestepScale == 1 ? timesteps[index] : (float) ((float) timesteps[index] * timestepScale);
    }

    /// Forward diffusion: `q_sample`.
    public Tensor noised(Tensor clean, Tensor noise, int index) {
        return spaced.noised(clean, noise, index);
    }

    /// Ancestral sampling: `p_sample_loop`. Noise is drawn at every step, also at the last, where it is not used.
    public Solver ancestral(SamplingHooks hooks) {
        return new AncestralSampling(this, hooks);
    }

    /// DDIM: `ddim_sample_loop`. Noise is drawn at every step, also where it is not used.
    ///
    /// @param eta 0 is deterministic, 1 has the noise of ancestral sampling
    public Solver ddim(double eta, SamplingHooks hooks) {
        return new DdimSampling(this, eta, hooks);
    }

    /// From a picture to its noise: `ddim_reverse_sample`, from the least noisy index to the noisiest. The picture is taken to be at the first
    /// level, the result is at ᾱ = 0.
    ///
    /// @param hooks without a gradient
    public Solver ddimReverse(SamplingHooks hooks) {
        return new DdimReverse(this, hooks);
    }

    /// ᾱ_{t-1}; 1 before the first.
    double alphaPrevious(int index) {
        return index == 0 ? 1 : spaced.alphaCumulative(index - 1);
    }

    /// ᾱ_{t+1}; 0 behind the last.
    double alphaNext(int index) {
        return index == length() - 1 ? 0 : spaced.alphaCumulative(index + 1);
    }

    /// β̃_t, the variance of q(x_{t-1} | x_t, x₀).
    public double posteriorVariance(int index) {
        return spaced.beta(index) * (1 - alphaPrevious(index)) / (1 - spaced.alphaCumulative(index));
    }

    /// log β̃_t, where index 0 has the value of index 1.
    public double posteriorLogVariance(int index) {
        return Math.log(posteriorVariance(length() == 1 ? index : Math.max(1, index)));
    }

    /// The factor of x₀ in the mean of q(x_{t-1} | x_t, x₀).
    public double posteriorFromDenoised(int index) {
        return spaced.beta(index) * Math.sqrt(alphaPrevious(index)) / (1 - spaced.alphaCumulative(index));
    }

    /// The factor of x_t in the mean of q(x_{t-1} | x_t, x₀).
    public double posteriorFromSample(int index) {
        return (1 - alphaPrevious(index)) * Math.sqrt(1 - spaced.beta(index)) / (1 - spaced.alphaCumulative(index));
    }

    List<Evaluation> evaluations(boolean ascending) {
        List<Evaluation> evaluations = new ArrayList<>();
        for (int i = 0; i < length(); i++) {
            evaluations.add(new Evaluation(i, networkTimestep(ascending ? i : length() - 1 - i)));
        }
        return List.copyOf(evaluations);
    }

    /// What the network says at an index.
    ///
    /// @param mean        of x_{t-1}
    /// @param logVariance of each element; null where [#fixedVariance] says it
    /// @param denoised    x₀
    record Moments(Tensor mean, @Nullable Tensor logVariance, Tensor denoised) {}

    /// `p_mean_variance`
    Moments moments(Tensor x, Tensor output, int index, SamplingHooks hooks) {
        NetworkOutput parts = NetworkOutput.of(x, output);
        Tensor predicted = parts.prediction();
        Tensor raw =
                switch (mean) {
                    case EPSILON -> denoisedOf(x, predicted, index);
                    case START_X -> predicted;
                    case PREVIOUS_X -> denoisedOfPrevious(x, predicted, index);
                };
        Tensor denoised = hooks.thresholding().apply(hooks.denoised().apply(raw));
        Tensor centre = mean == MeanType.PREVIOUS_X ? predicted : posteriorMean(denoised, x, index);
        return new Moments(centre, logVariance(parts, index), denoised);
    }

    /// `q_posterior_mean_variance`
    Tensor posteriorMean(Tensor denoised, Tensor x, int index) {
        return TensorMath.linear(posteriorFromDenoised(index), denoised, posteriorFromSample(index), x);
    }

    private @Nullable Tensor logVariance(NetworkOutput parts, int index) {
        return switch (variance) {
            case FIXED_SMALL, FIXED_LARGE -> null;
            case LEARNED -> parts.learnedVariance();
            case LEARNED_RANGE -> {
                double least = posteriorLogVariance(index);
                double most = Math.log(spaced.beta(index));
                yield TensorMath.map(
                        parts.learnedVariance(),
                        v -> {
                            double fraction = (v + 1) / 2;
                            return fraction * most + (1 - fraction) * least;
                        });
            }
        };
    }

    /// The variance where it is not learned. At index 0 `FIXED_LARGE` is β̃ of index 1; noise has the logarithm's value for `FIXED_SMALL`.
    double fixedVariance(int index) {
        if (variance == VarianceType.FIXED_LARGE) {
            return index == 0 && length() > 1 ? posteriorVariance(1) : spaced.beta(index);
        }
        return posteriorVariance(index);
    }

    /// `condition_mean`: the mean moved along the gradient, by the variance.
    Tensor guidedMean(Moments moments, Gradient gradient, Tensor x, int index) {
        Tensor slope = gradient.at(x, networkTimestep(index));
        Tensor logVariance = moments.logVariance();
        return logVariance == null
                ? TensorMath.linear(1, moments.mean(), fixedVariance(index), slope)
                : TensorMath.plusProduct(moments.mean(), TensorMath.map(logVariance, Math::exp), slope);
    }

    /// `condition_score`: the picture that the guided noise speaks of; it is not clipped again.
    Tensor guidedDenoised(Tensor denoised, Gradient gradient, Tensor x, int index) {
        Tensor epsilon = epsilonOf(x, denoised, index);
        double sigma = Math.sqrt(1 - spaced.alphaCumulative(index));
        Tensor guided = TensorMath.linear(1, epsilon, -sigma, gradient.at(x, networkTimestep(index)));
        return denoisedOf(x, guided, index);
    }

    /* Where there is hardly any noise or hardly any picture, the terms of the next three cancel, and what is left is made of their rounding; hence float32, as in the
    reference. An inversion multiplies it by thousands. */

    /// `_predict_xstart_from_eps`
    Tensor denoisedOf(Tensor x, Tensor epsilon, int index) {
        double alpha = spaced.alphaCumulative(index);
        float ofSample = (float) Math.sqrt(1 / alpha);
        float ofEpsilon = (float) Math.sqrt(1 / alpha - 1);
        return TensorMath.combine(x, epsilon, (a, b) -> ofSample * a - ofEpsilon * b);
    }

    /// `_predict_xstart_from_xprev`
    private Tensor denoisedOfPrevious(Tensor x, Tensor previous, int index) {
        double factor = posteriorFromDenoised(index);
        float ofPrevious = (float) (1 / factor);
        float ofSample = (float) (posteriorFromSample(index) / factor);
        return TensorMath.combine(previous, x, (a, b) -> ofPrevious * a - ofSample * b);
    }

    /// `_predict_eps_from_xstart`
    Tensor epsilonOf(Tensor x, Tensor denoised, int index) {
        double alpha = spaced.alphaCumulative(index);
        float ofSample = (float) Math.sqrt(1 / alpha);
        float divisor = (float) Math.sqrt(1 / alpha - 1);
        return TensorMath.combine(x, denoised, (a, b) -> (ofSample * a - b) / divisor);
    }
}
