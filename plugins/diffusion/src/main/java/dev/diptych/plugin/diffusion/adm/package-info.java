// SPDX-License-Identifier: Apache-2.0

/// The U-Net of guided-diffusion ("ADM") and its halves, under the names that its authors gave the parameters: `input_blocks.3.0.in_layers.2.weight`. Dhariwal and Nichol,
/// "Diffusion Models Beat GANs on Image Synthesis", arXiv:2105.05233.
///
/// Families that build on it take [dev.diptych.plugin.diffusion.adm.AdmUNet] with [dev.diptych.plugin.diffusion.adm.AdmSettings].
@NullMarked
package dev.diptych.plugin.diffusion.adm;

import org.jspecify.annotations.NullMarked;
