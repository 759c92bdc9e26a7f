// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

/// How the noise of a picture is found.
public enum InversionMethod {
    /// One evaluation a step; the error falls as one over the number of steps.
    EXPLICIT,
    /// Each step of the sampler is solved for its beginning: exact, and several times the work.
    IMPLICIT
}
