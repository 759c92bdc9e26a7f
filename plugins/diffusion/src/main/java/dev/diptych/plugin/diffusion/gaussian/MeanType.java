// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

/// What a network of the guided-diffusion family predicts: its `ModelMeanType`.
public enum MeanType {
    /// The noise ε.
    EPSILON,
    /// The picture x₀.
    START_X,
    /// The mean of the next sample, x_{t-1}.
    PREVIOUS_X
}
