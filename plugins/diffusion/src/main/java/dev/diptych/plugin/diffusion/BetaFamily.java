// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.jspecify.annotations.Nullable;

/// Noise schedules by name.
public enum BetaFamily {
    /// Ho et al.: β grows evenly.
    LINEAR(0.0001, 0.02),
    /// Stable Diffusion: √β grows evenly.
    SCALED_LINEAR(0.00085, 0.012),
    /// Nichol and Dhariwal: √ᾱ falls as a cosine.
    COSINE(null, null),
    /// GeoDiff: β grows as a logistic curve.
    SIGMOID(0.0001, 0.02),
    /// The logarithm of signal to noise follows a Laplace distribution.
    LAPLACE(null, null),
    /// ᾱ = exp(-12 u).
    EXPONENTIAL(null, null),
    /// The diffusion autoencoder's latent process: β is the same everywhere.
    CONSTANT(0.008, null);

    private final @Nullable Double start;
    private final @Nullable Double end;

    BetaFamily(@Nullable Double start, @Nullable Double end) {
        this.start = start;
        this.end = end;
    }

    /// @param from, to first and last β; null for the usual
    /// @throws NodeException `diffusion/betas` if the family has no such end, or a β is outside of 0 … 1
    NoiseSchedule schedule(int timesteps, @Nullable Double from, @Nullable Double to) {
        refuse("betaStart", from, start);
        refuse("betaEnd", to, end);
        double first = from != null ? from : start == null ? 0 : start;
        double last = to != null ? to : end == null ? 0 : end;
        double[] betas =
                switch (this) {
                    case LINEAR ->
                            from == null && to == null ? Betas.linear(timesteps) : Betas.linear(first, last, timesteps);
                    case SCALED_LINEAR -> Betas.scaledLinear(first, last, timesteps);
                    case COSINE -> Betas.cosine(timesteps);
                    case SIGMOID -> Betas.sigmoid(first, last, timesteps);
                    case LAPLACE -> Betas.laplace(timesteps);
                    case EXPONENTIAL -> Betas.exponential(timesteps);
                    case CONSTANT -> Betas.constant(first, timesteps);
                };
        try {
            return NoiseSchedule.single(betas);
        } catch (IllegalArgumentException e) {
            throw NodeException.user(
                            "diffusion/betas",
                            "%s with %d timesteps: %s.",
                            word(),
                            timesteps,
                            String.valueOf(e.getMessage()))
                    .next("Move betaStart and betaEnd, or take more timesteps.")
                    .causedBy(e);
        }
    }

    private void refuse(String port, @Nullable Double wished, @Nullable Double usual) {
        if (wished != null && usual == null) {
            throw NodeException.user(
                            "diffusion/betas", "\"%s\" is %s, but the schedule %s has none.", port, wished, word())
                    .next("Leave it open, or choose linear, scaled-linear or sigmoid.");
        }
    }

    private String word() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
