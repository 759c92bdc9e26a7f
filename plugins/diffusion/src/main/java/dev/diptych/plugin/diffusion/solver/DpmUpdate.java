// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

/// The weights of one step of the DPM-Solver family: how x, the latest outputs and noise make the next x.
/// With m₀ the latest output, m₁ and m₂ those before it, h = λ_t - λ_0, r₀ = (λ_0 - λ_1) / h, r₁ = (λ_1 - λ_2) / h, the finite differences are
/// D₁ = (m₀ - m₁) / r₀ at order 2; at order 3, with d₀ = (m₀ - m₁) / r₀ and d₁ = (m₁ - m₂) / r₁,
/// D₁ = d₀ + (d₀ - d₁) r₀ / (r₀ + r₁) and D₂ = (d₀ - d₁) / (r₀ + r₁).
enum DpmUpdate {
    /// `dpmsolver++`: outputs are pictures.
    DENOISED_MIDPOINT(true, false, false),
    DENOISED_HEUN(true, false, true),
    /// `dpmsolver`: outputs are noise.
    NOISE_MIDPOINT(false, false, false),
    NOISE_HEUN(false, false, true),
    /// `sde-dpmsolver++`
    STOCHASTIC_DENOISED_MIDPOINT(true, true, false),
    STOCHASTIC_DENOISED_HEUN(true, true, true),
    /// `sde-dpmsolver`
    STOCHASTIC_NOISE_MIDPOINT(false, true, false),
    STOCHASTIC_NOISE_HEUN(false, true, true);

    private final boolean predictsDenoised;
    private final boolean stochastic;
    private final boolean heun;

    DpmUpdate(boolean predictsDenoised, boolean stochastic, boolean heun) {
        this.predictsDenoised = predictsDenoised;
        this.stochastic = stochastic;
        this.heun = heun;
    }

    /// @param algorithm diffusers' `algorithm_type`; its `deis` falls back to `dpmsolver++` there, too
    static DpmUpdate of(String algorithm, boolean heun) {
        return switch (algorithm) {
            case "dpmsolver" -> heun ? NOISE_HEUN : NOISE_MIDPOINT;
            case "sde-dpmsolver" -> heun ? STOCHASTIC_NOISE_HEUN : STOCHASTIC_NOISE_MIDPOINT;
            case "sde-dpmsolver++" -> heun ? STOCHASTIC_DENOISED_HEUN : STOCHASTIC_DENOISED_MIDPOINT;
            default -> heun ? DENOISED_HEUN : DENOISED_MIDPOINT;
        };
    }

    boolean predictsDenoised() {
        return predictsDenoised;
    }

    boolean isStochastic() {
        return stochastic;
    }

    /// @param levels the next level, the present one, and those of the outputs before it; their number less one is the order
    /// @return for x, the outputs from the latest on, and noise if the update is stochastic
    double[] weights(LogLevel... levels) {
        int order = levels.length - 1;
        LogLevel next = levels[0];
        LogLevel now = levels[1];
        double h = next.since(now);
        if (h == 0) {
            double[] unchanged = new double[1 + order + (stochastic ? 1 : 0)];
            unchanged[0] = 1;
            return unchanged;
        }
        double[] differences = differenceWeights(h, next, order);
        double[] weights = new double[1 + order + (stochastic ? 1 : 0)];
        weights[0] = fromSample(h, next, now);
        weights[1] = differences[0];
        if (order == 2) {
            double r0 = now.since(levels[2]) / h;
            weights[1] += differences[1] / r0;
            weights[2] = -differences[1] / r0;
        } else if (order == 3) {
            double r0 = now.since(levels[2]) / h;
            double r1 = levels[2].since(levels[3]) / h;
            /* D1 and D2 in d0 and d1. */
            double share = r0 / (r0 + r1);
            double ofD0 = differences[1] * (1 + share) + differences[2] / (r0 + r1);
            double ofD1 = -differences[1] * share - differences[2] / (r0 + r1);
            weights[1] += ofD0 / r0;
            weights[2] = -ofD0 / r0 + ofD1 / r1;
            weights[3] = -ofD1 / r1;
        }
        if (stochastic) {
            weights[order + 1] =
                    predictsDenoised
                            ? next.deviation() * Math.sqrt(-Math.expm1(-2 * h))
                            : next.deviation() * Math.sqrt(Math.expm1(2 * h));
        }
        return weights;
    }

    private double fromSample(double h, LogLevel next, LogLevel now) {
        if (!predictsDenoised) {
            return next.alpha() / now.alpha();
        }
        double ratio = next.deviation() / now.deviation();
        return stochastic ? ratio * Math.exp(-h) : ratio;
    }

    /* The weights of m0, D1 and D2. */
    private double[] differenceWeights(double h, LogLevel next, int order) {
        double alpha = next.alpha();
        double sigma = next.deviation();
        if (predictsDenoised && !stochastic) {
            double e = Math.expm1(-h);
            return new double[] {
                -alpha * e,
                order == 2 && !heun ? -0.5 * alpha * e : alpha * (e / h + 1),
                -alpha * ((e + h) / (h * h) - 0.5)
            };
        }
        if (predictsDenoised) {
            double e = -Math.expm1(-2 * h);
            return new double[] {
                alpha * e,
                order == 2 && !heun ? 0.5 * alpha * e : alpha * (e / (-2 * h) + 1),
                alpha * ((e - 2 * h) / (4 * h * h) - 0.5)
            };
        }
        double e = Math.expm1(h);
        double twice = stochastic ? 2 : 1;
        return new double[] {
            -twice * sigma * e,
            order == 2 && !heun ? -0.5 * twice * sigma * e : -twice * sigma * (e / h - 1),
            -sigma * ((e - h) / (h * h) - 0.5)
        };
    }
}
