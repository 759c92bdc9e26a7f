// SPDX-License-Identifier: Apache-2.0

/// The noise that a deterministic sampler turns into a given picture: DDIM backwards, explicit and implicit.
@NullMarked
package dev.diptych.plugin.diffusion.inversion;

import org.jspecify.annotations.NullMarked;
