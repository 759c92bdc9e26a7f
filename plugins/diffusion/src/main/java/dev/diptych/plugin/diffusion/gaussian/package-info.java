// SPDX-License-Identifier: Apache-2.0

/// The diffusion process of guided-diffusion (ADM), which GLIDE, Karlo, the diffusion autoencoder and ILVR share: double precision tables over respaced timesteps.
@NullMarked
package dev.diptych.plugin.diffusion.gaussian;

import org.jspecify.annotations.NullMarked;
