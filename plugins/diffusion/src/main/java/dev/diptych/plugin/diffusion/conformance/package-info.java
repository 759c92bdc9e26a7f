// SPDX-License-Identifier: Apache-2.0

/// Runs the conformance cases whose denoiser is written down as a formula.
@NullMarked
package dev.diptych.plugin.diffusion.conformance;

import org.jspecify.annotations.NullMarked;
