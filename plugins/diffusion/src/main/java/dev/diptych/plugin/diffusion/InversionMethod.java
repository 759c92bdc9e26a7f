// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.plugin.diffusion.inversion.InversionConvention;

import org.jspecify.annotations.Nullable;

/// How the noise of a picture is found.
public enum InversionMethod {
    /// Explicit: the picture counts as that of the first level, the result is the noise itself. guided-diffusion's.
    GUIDED_DIFFUSION(InversionConvention.GUIDED_DIFFUSION),
    /// Explicit: the picture counts as clean, the result as that of the last level. diffusers'.
    DIFFUSERS(InversionConvention.DIFFUSERS_FROM_CLEAN),
    /// The same, where sampler and inversion end at the first level. diffusers' without `set_alpha_to_one`.
    DIFFUSERS_FROM_FIRST_LEVEL(InversionConvention.DIFFUSERS_FROM_FIRST_LEVEL),
    /// Each step of the sampler is solved for its beginning.
    IMPLICIT(null);

    private final @Nullable InversionConvention convention;

    InversionMethod(@Nullable InversionConvention convention) {
        this.convention = convention;
    }

    /// Of an explicit inversion; null for an implicit one.
    @Nullable InversionConvention convention() {
        return convention;
    }
}
