// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

/// How explicit inversion places a clean picture among the levels t_0 < t_1 < … of a sampler, with A_i = ᾱ at t_i.
/// An inversion by one and a sampler by another add a visible error.
public enum InversionConvention {
    /// The picture is taken to be at A_0; from A_i, where the network is told t_i, to A_{i+1}, and at last to ᾱ = 0, so that the result is ε itself.
    /// guided-diffusion's `ddim_reverse_sample`; the diffusion autoencoder's, with its condition.
    GUIDED_DIFFUSION,
    /// The picture is at ᾱ = 1; from A_{i-1} to A_i, where the network is told t_i, the level it goes to. diffusers' `DDIMInverseScheduler` with `set_alpha_to_one`.
    DIFFUSERS_FROM_CLEAN,
    /// As before, but the picture is taken to be at ᾱ of timestep 0. `DDIMInverseScheduler` without `set_alpha_to_one`, as Stable Diffusion is published.
    DIFFUSERS_FROM_FIRST_LEVEL
}
