// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The next iterate of a fixed point x = g(x). With f = g(x) - x, and Δ the differences to the iterates before,
/// x + ω f - (ΔX + ω ΔF) γ, where γ makes |f - ΔF γ| least. Without memory this is damped iteration.
final class AndersonMixing {
    private static final double RIDGE = 1e-10;

    private final int memory;
    private final double damping;
    private final List<Tensor> sampleDifferences = new ArrayList<>();
    private final List<Tensor> residualDifferences = new ArrayList<>();
    private @Nullable Tensor previousSample;
    private @Nullable Tensor previousResidual;

    AndersonMixing(int memory, double damping) {
        this.memory = memory;
        this.damping = damping;
    }

    /// @param image g(x)
    Tensor next(Tensor x, Tensor image) {
        if (memory == 0) {
            return damping == 1 ? image : TensorMath.linear(1 - damping, x, damping, image);
        }
        Tensor residual = TensorMath.linear(1, image, -1, x);
        remember(x, residual);
        int used = residualDifferences.size();
        double[] gamma = used == 0 ? new double[0] : leastSquares(residual);
        Tensor[] terms = new Tensor[2 + 2 * used];
        double[] weights = new double[terms.length];
        terms[0] = x;
        weights[0] = 1;
        terms[1] = residual;
        weights[1] = damping;
        for (int i = 0; i < used; i++) {
            terms[2 + i] = sampleDifferences.get(i);
            weights[2 + i] = -gamma[i];
            terms[2 + used + i] = residualDifferences.get(i);
            weights[2 + used + i] = -damping * gamma[i];
        }
        return TensorMath.linear(weights, terms);
    }

    private void remember(Tensor x, Tensor residual) {
        if (previousSample != null && previousResidual != null) {
            sampleDifferences.addFirst(TensorMath.linear(1, x, -1, previousSample));
            residualDifferences.addFirst(TensorMath.linear(1, residual, -1, previousResidual));
            if (sampleDifferences.size() > memory) {
                sampleDifferences.removeLast();
                residualDifferences.removeLast();
            }
        }
        previousSample = x;
        previousResidual = residual;
    }

    /* The normal equations, slightly regularised, by Cholesky's decomposition. */
    private double[] leastSquares(Tensor residual) {
        int n = residualDifferences.size();
        double[][] lower = new double[n][n];
        double[] solution = new double[n];
        double ridge = RIDGE * TensorMath.dot(residualDifferences.getFirst(), residualDifferences.getFirst());
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = TensorMath.dot(residualDifferences.get(i), residualDifferences.get(j));
                sum += i == j ? ridge + Double.MIN_NORMAL : 0;
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(Math.max(sum, ridge + Double.MIN_NORMAL)) : sum / lower[j][j];
            }
        }
        for (int i = 0; i < n; i++) {
            double sum = TensorMath.dot(residualDifferences.get(i), residual);
            for (int k = 0; k < i; k++) {
                sum -= lower[i][k] * solution[k];
            }
            solution[i] = sum / lower[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = solution[i];
            for (int k = i + 1; k < n; k++) {
                sum -= lower[k][i] * solution[k];
            }
            solution[i] = sum / lower[i][i];
        }
        return solution;
    }
}
