// SPDX-License-Identifier: Apache-2.0

/// The loop that every family of models runs.
@NullMarked
package dev.diptych.plugin.diffusion.sampling;

import org.jspecify.annotations.NullMarked;
