// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

/// How large the noise of an ancestral step is. β̃_t = β_t (1 - ᾱ_{t-1}) / (1 - ᾱ_t) is the posterior variance, the least of the two bounds; β_t the largest.
public enum VarianceType {
    /// β̃_t. guided-diffusion's `FIXED_SMALL`, diffusers' `fixed_small` and `fixed_small_log`.
    FIXED_SMALL,
    /// β_t. guided-diffusion's `FIXED_LARGE`, diffusers' `fixed_large` and `fixed_large_log`.
    FIXED_LARGE,
    /// The network gives it in further channels. guided-diffusion's `LEARNED` gives its logarithm, diffusers' `learned` the variance itself.
    LEARNED,
    /// The network gives v in further channels: the logarithm lies at (v + 1) / 2 between log β̃_t and log β_t. `LEARNED_RANGE`, `learned_range`.
    LEARNED_RANGE;

    /// Whether the network has as many channels again for it.
    public boolean isLearned() {
        return this == LEARNED || this == LEARNED_RANGE;
    }
}
