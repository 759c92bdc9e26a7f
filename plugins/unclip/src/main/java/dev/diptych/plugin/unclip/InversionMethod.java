// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.plugin.diffusion.inversion.InversionConvention;

import org.jspecify.annotations.Nullable;

/// How the noise of a picture is found.
public enum InversionMethod {
    /// One evaluation a step; the error falls as one over the number of steps.
    EXPLICIT(InversionConvention.GUIDED_DIFFUSION),
    /// Each step of the sampler is solved for its beginning: exact, and several times the work.
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
