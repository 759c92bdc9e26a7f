// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

/// A level of noise as solvers in the logarithmic signal-to-noise ratio see it: x = α x₀ + σ ε, with α² + σ² = 1, λ = log(α / σ).
///
/// @param sigma noise per signal, σ / α; may be 0
record LogLevel(double sigma) {

    double alpha() {
        return 1 / Math.sqrt(sigma * sigma + 1);
    }

    double deviation() {
        return sigma * alpha();
    }

    /// How much λ grows from another level to this one; infinite if this one is without noise.
    double since(LogLevel other) {
        return Math.log(other.sigma / sigma);
    }
}
