// SPDX-License-Identifier: Apache-2.0

/// Arithmetic over float32 tensors: linear combinations, clamping, norms, quantiles, and cutting along batch and channels.
@NullMarked
package dev.diptych.plugin.diffusion.arithmetic;

import org.jspecify.annotations.NullMarked;
