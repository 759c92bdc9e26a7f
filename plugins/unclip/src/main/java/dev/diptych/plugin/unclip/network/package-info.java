// SPDX-License-Identifier: Apache-2.0

/// unCLIP's networks: those of Karlo in the layout of diffusers (`PriorTransformer`, `UnCLIPTextProjModel`; its U-Nets are among diffusion's), the autoregressive prior
/// in a layout of Diptych's own (`AutoregressivePrior`), and all of Karlo's under the
/// names that its authors gave the parameters (`Karlo…`).
@NullMarked
package dev.diptych.plugin.unclip.network;

import org.jspecify.annotations.NullMarked;
