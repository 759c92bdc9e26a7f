// SPDX-License-Identifier: Apache-2.0

/// Steering a denoiser towards a condition: functions that take denoisers or gradients and give a denoiser.
@NullMarked
package dev.diptych.plugin.diffusion.guidance;

import org.jspecify.annotations.NullMarked;
