// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import java.util.function.DoubleUnaryOperator;

/// Which noise levels a solver visits, named by sigma, noise per signal. The final 0 is not among them.
@FunctionalInterface
public interface SigmaSchedule {
    /// @param smallest above 0
    /// @param largest  at least the smallest
    /// @param count    at least 1
    /// @return descending from the largest to the smallest; of one, the largest
    double[] sigmas(double smallest, double largest, int count);

    /// Karras et al., arXiv:2206.00364, equation 5, ρ = 7: dense at low noise. diffusers' `use_karras_sigmas`.
    static SigmaSchedule karras() {
        return karras(7);
    }

    /// Evenly spaced in σ^(1/ρ).
    static SigmaSchedule karras(double rho) {
        return (smallest, largest, count) -> {
            double low = Math.pow(smallest, 1 / rho);
            double high = Math.pow(largest, 1 / rho);
            return each(count, ramp -> Math.pow(high + ramp * (low - high), rho));
        };
    }

    /// Evenly spaced in log σ. diffusers' `use_exponential_sigmas`.
    static SigmaSchedule exponential() {
        return (smallest, largest, count) -> {
            double low = Math.log(smallest);
            double high = Math.log(largest);
            return each(count, ramp -> Math.exp(high + ramp * (low - high)));
        };
    }

    /// Quantiles of a beta distribution with both parameters 0.6: dense at both ends. Lee et al., arXiv:2407.12173; diffusers' `use_beta_sigmas`.
    static SigmaSchedule beta() {
        BetaDistribution distribution = new BetaDistribution(0.6, 0.6);
        return (smallest, largest, count) ->
                each(count, ramp -> smallest + distribution.quantile(1 - ramp) * (largest - smallest));
    }

    private static double[] each(int count, DoubleUnaryOperator sigma) {
        double[] sigmas = new double[count];
        for (int i = 0; i < count; i++) {
            double ramp = count == 1 ? 0 : i == count - 1 ? 1 : i * (1.0 / (count - 1));
            sigmas[i] = sigma.applyAsDouble(ramp);
        }
        return sigmas;
    }
}
