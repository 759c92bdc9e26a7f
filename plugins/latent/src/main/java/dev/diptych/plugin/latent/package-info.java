// SPDX-License-Identifier: Apache-2.0

/// Latent diffusion: Stable Diffusion 1 and 2 from the folder they are published in. Diffusion runs on what an autoencoder makes of pictures, told by a caption.
/// Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", arXiv:2112.10752; the pipelines of diffusers are the reference, draw by draw.
@NullMarked
package dev.diptych.plugin.latent;

import org.jspecify.annotations.NullMarked;
