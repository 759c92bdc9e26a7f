// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// Classifier-free guidance: ε_u + g (ε_c - ε_u). Ho and Salimans, arXiv:2207.12598, whose weight is w = g - 1.
/// g = 0 is unconditional, 1 conditional, above that exaggerated. The same formula serves predictions of pictures and of v.
///
/// Channels that tell the variance are the conditional half's, unguided. Clipping and thresholding come afterwards, in the solver.
/// A negative prompt takes the place of the empty one: it is the condition of the unconditional half.
public final class ClassifierFreeGuidance implements Denoiser {
    /// Which half of a doubled batch is conditional.
    public enum Order {
        /// diffusers'
        UNCONDITIONAL_FIRST,
        /// The original GLIDE's, Karlo's and DeepFloyd's
        CONDITIONAL_FIRST
    }

    private interface Halves {
        /// Predicts what is needed: `scale` 1 needs no unconditional half, 0 no conditional one.
        Tensor guided(Tensor x, double timestep, double scale, double rescale);
    }

    private final Halves halves;
    private final double scale;
    private final double rescale;
    private final TimestepInterval interval;

    private ClassifierFreeGuidance(Halves halves, double scale, double rescale, TimestepInterval interval) {
        this.halves = halves;
        this.scale = scale;
        this.rescale = rescale;
        this.interval = interval;
    }

    /// Of two denoisers, called one after the other; only one of them where g is 0 or 1.
    public static ClassifierFreeGuidance of(Denoiser conditional, Denoiser unconditional, double scale) {
        Halves halves =
                (x, timestep, g, rescale) -> {
                    if (g == 0) {
                        return unconditional.predict(x, timestep);
                    }
                    Tensor with = conditional.predict(x, timestep);
                    return g == 1 ? with : combine(with, unconditional.predict(x, timestep), g, rescale, x.size(1));
                };
        return new ClassifierFreeGuidance(halves, scale, 0, TimestepInterval.always());
    }

    /// Of one denoiser, which is called once with x twice in a batch and has both conditions, in the given order.
    public static ClassifierFreeGuidance ofBatch(Denoiser both, Order order, double scale) {
        Halves halves =
                (x, timestep, g, rescale) -> {
                    Tensor output = both.predict(Slices.joinSamples(x, x), timestep);
                    int batch = x.size(0);
                    boolean conditionalFirst = order == Order.CONDITIONAL_FIRST;
                    Tensor first = Slices.samples(output, 0, batch);
                    Tensor second = Slices.samples(output, batch, 2 * batch);
                    return combine(
                            conditionalFirst ? first : second,
                            conditionalFirst ? second : first,
                            g,
                            rescale,
                            x.size(1));
                };
        return new ClassifierFreeGuidance(halves, scale, 0, TimestepInterval.always());
    }

    /// The same, where the standard deviation of the result is moved towards that of the conditional prediction.
    /// Lin et al., arXiv:2305.08891, section 3.4; diffusers' `rescale_noise_cfg`.
    ///
    /// @param fraction φ: 0 leaves it, 1 takes the conditional one's; 0.7 is usual. `guidance_rescale`
    public ClassifierFreeGuidance rescaled(double fraction) {
        return new ClassifierFreeGuidance(halves, scale, fraction, interval);
    }

    /// The same within an interval; outside of it, conditional only.
    public ClassifierFreeGuidance during(TimestepInterval guided) {
        return new ClassifierFreeGuidance(halves, scale, rescale, guided);
    }

    @Override
    public Tensor predict(Tensor x, double timestep) {
        boolean guides = interval.contains(timestep);
        return halves.guided(x, timestep, guides ? scale : 1, guides ? rescale : 0);
    }

    /// The formula itself.
    ///
    /// @param conditional, unconditional outputs of the network, of the same shape
    /// @param scale    g
    /// @param rescale  φ, see [#rescaled]
    /// @param channels how many channels are guided; the others are the conditional ones
    public static Tensor combine(Tensor conditional, Tensor unconditional, double scale, double rescale, int channels) {
        int all = conditional.size(1);
        Tensor with = all == channels ? conditional : Slices.channels(conditional, 0, channels);
        Tensor without = all == channels ? unconditional : Slices.channels(unconditional, 0, channels);
        Tensor guided = TensorMath.linear(scale, with, 1 - scale, without);
        if (rescale != 0) {
            guided = rescaled(guided, with, rescale);
        }
        return all == channels ? guided : Slices.joinChannels(guided, Slices.channels(conditional, channels, all));
    }

    private static Tensor rescaled(Tensor guided, Tensor conditional, double fraction) {
        double[] wanted = TensorMath.standardDeviations(conditional);
        double[] found = TensorMath.standardDeviations(guided);
        double[] factors = new double[found.length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = found[i] == 0 ? 1 : fraction * wanted[i] / found[i] + 1 - fraction;
        }
        return TensorMath.scaleSamples(guided, factors);
    }
}
