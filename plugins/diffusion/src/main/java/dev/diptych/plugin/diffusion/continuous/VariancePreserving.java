// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.continuous;

import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.Solver;

import java.util.ArrayList;
import java.util.List;

/// The process dx = -½ β(t) x dt + √β(t) dw for t from 0 to 1, β(t) = β_min + (β_max - β_min) t: Song et al., arXiv:2011.13456, equation 11
/// and appendix C; score_sde's `VPSDE`. Then x_t = α(t) x₀ + σ(t) ε, and the score of the marginal is -ε / σ(t).
///
/// Networks predict ε and are told 999 t.
///
/// @param betaMin, betaMax the noise's rate at both ends
public record VariancePreserving(double betaMin, double betaMax) {
    private static final double LABEL_SCALE = 999;

    /// β(t) = 0.1 + 19.9 t.
    public static VariancePreserving standard() {
        return new VariancePreserving(0.1, 20);
    }

    /// β(t)
    public double beta(double t) {
        return betaMin + (betaMax - betaMin) * t;
    }

    /// ᾱ(t), the exponential of minus the integral of β: the share of the picture's variance.
    public double alphaCumulative(double t) {
        return Math.exp(-t * (betaMin + (betaMax - betaMin) * t / 2));
    }

    /// α(t), how much of the picture is left.
    public double signal(double t) {
        return Math.sqrt(alphaCumulative(t));
    }

    /// σ(t), the deviation of the noise.
    public double deviation(double t) {
        return Math.sqrt(-Math.expm1(-t * (betaMin + (betaMax - betaMin) * t / 2)));
    }

    /// What the network is told.
    public double label(double t) {
        return LABEL_SCALE * t;
    }

    /// The ordinary differential equation with the same marginals, by Heun's method: two evaluations a step.
    ///
    /// @param steps at least 1
    /// @param end   the time to stop at, above 0, where the score would be infinite; 1e-3 in the reference
    /// @throws IllegalArgumentException if one is outside
    public Solver probabilityFlow(int steps, double end) {
        return new ProbabilityFlow(this, times(steps, end));
    }

    /// The reverse stochastic differential equation, by Euler and Maruyama.
    ///
    /// @param steps at least 1
    /// @param end   as before
    /// @throws IllegalArgumentException if one is outside
    public Solver reverseSde(int steps, double end) {
        return new ReverseSde(this, times(steps, end));
    }

    private static double[] times(int steps, double end) {
        if (steps < 1 || !(end > 0 && end < 1)) {
            throw new IllegalArgumentException("%d steps to time %s: at least 1, and between 0 and 1, are needed"
                    .formatted(steps, end));
        }
        double[] times = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            times[i] = i == steps ? end : 1 + i * (end - 1) / steps;
        }
        return times;
    }

    List<Evaluation> evaluations(double[] times) {
        List<Evaluation> evaluations = new ArrayList<>();
        for (int i = 0; i < times.length; i++) {
            evaluations.add(new Evaluation(i, label(times[i])));
        }
        return List.copyOf(evaluations);
    }
}
