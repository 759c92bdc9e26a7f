// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

/// The weights of UniP and UniC of any order: arXiv:2302.04867, equations 3 to 8 and appendix.
///
/// With h = λ_t - λ_0 (negated when outputs are pictures), r_k = (λ_k - λ_0) / (λ_t - λ_0), and D_k = (m_k - m₀) / r_k, the step is
/// x_t = a x - c (e^h - 1) m₀ - c B(h) Σ ρ_k D_k, where Σ_k ρ_k r_k^{i-1} = b_i for i = 1 … p.
///
/// @param firstKind        B(h) = h (`bh1`), else e^h - 1 (`bh2`)
/// @param predictsDenoised whether outputs are pictures, else noise
record UniPcUpdate(boolean firstKind, boolean predictsDenoised) {

    /// @param levels the next level, the present one, and those of the outputs before; their number less one is the order
    /// @return for x and the outputs from the latest on
    double[] predictor(LogLevel... levels) {
        int order = levels.length - 1;
        Terms terms = terms(levels);
        double[] rhos = order == 2 ? new double[] {0.5} : solve(terms, order - 1);
        double[] weights = new double[order + 1];
        weights[0] = terms.fromSample;
        weights[1] = terms.fromLatest;
        for (int k = 1; k < order; k++) {
            double share = terms.factor * rhos[k - 1] / terms.r[k - 1];
            weights[k + 1] += share;
            weights[1] -= share;
        }
        return weights;
    }

    /// @param levels the level that was reached, the one before it, and those of the outputs before that; their number less one is the order
    /// @return for the x that the step began with, the output at the level reached, and the outputs before it from the latest on
    double[] corrector(LogLevel... levels) {
        int order = levels.length - 1;
        Terms terms = terms(levels);
        double[] rhos = order == 1 ? new double[] {0.5} : solve(terms, order);
        double[] weights = new double[order + 2];
        weights[0] = terms.fromSample;
        weights[1] = terms.factor * rhos[order - 1];
        weights[2] = terms.fromLatest - weights[1];
        for (int k = 1; k < order; k++) {
            double share = terms.factor * rhos[k - 1] / terms.r[k - 1];
            weights[k + 2] += share;
            weights[2] -= share;
        }
        return weights;
    }

    private record Terms(double fromSample, double fromLatest, double factor, double[] r, double[] b) {}

    private Terms terms(LogLevel... levels) {
        int order = levels.length - 1;
        LogLevel to = levels[0];
        LogLevel from = levels[1];
        double h = to.since(from);
        double[] r = new double[order];
        for (int k = 1; k < order; k++) {
            r[k - 1] = levels[k + 1].since(from) / h;
        }
        r[order - 1] = 1;
        double signed = predictsDenoised ? -h : h;
        double grown = Math.expm1(signed);
        double step = firstKind ? signed : grown;
        double phi = grown / signed - 1;
        double factorial = 1;
        double[] b = new double[order];
        for (int i = 1; i <= order; i++) {
            b[i - 1] = phi * factorial / step;
            factorial *= i + 1;
            phi = phi / signed - 1 / factorial;
        }
        double scale = predictsDenoised ? to.alpha() : to.deviation();
        double fromSample = predictsDenoised ? to.deviation() / from.deviation() : to.alpha() / from.alpha();
        /* Where the level to go to has no noise, h is infinite and its deviation 0; this is the limit of their product. */
        double fromLatest = predictsDenoised ? -scale * grown : to.deviation() - to.alpha() * from.sigma();
        return new Terms(fromSample, fromLatest, -scale * step, r, b);
    }

    /* The first rows and columns of Σ_k ρ_k r_k^{i-1} = b_i, by elimination with pivots. */
    private static double[] solve(Terms terms, int size) {
        double[][] rows = new double[size][size + 1];
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < size; k++) {
                rows[i][k] = Math.pow(terms.r[k], i);
            }
            rows[i][size] = terms.b[i];
        }
        for (int column = 0; column < size; column++) {
            int pivot = column;
            for (int i = column + 1; i < size; i++) {
                if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) {
                    pivot = i;
                }
            }
            double[] swapped = rows[column];
            rows[column] = rows[pivot];
            rows[pivot] = swapped;
            for (int i = column + 1; i < size; i++) {
                double factor = rows[i][column] / rows[column][column];
                for (int k = column; k <= size; k++) {
                    rows[i][k] -= factor * rows[column][k];
                }
            }
        }
        double[] solution = new double[size];
        for (int i = size - 1; i >= 0; i--) {
            double sum = rows[i][size];
            for (int k = i + 1; k < size; k++) {
                sum -= rows[i][k] * solution[k];
            }
            solution[i] = sum / rows[i][i];
        }
        return solution;
    }
}
