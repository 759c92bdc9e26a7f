// SPDX-License-Identifier: Apache-2.0

/// The U-Nets of diffusion models, in the layout of Hugging Face's diffusers: from a published `config.json` to a described network whose parameters
/// have the names of the published weights.
///
/// Read [dev.diptych.plugin.diffusion.network.UNet] first: it is the figure. Its blocks ([dev.diptych.plugin.diffusion.network.DownBlock],
/// [dev.diptych.plugin.diffusion.network.MidBlock], [dev.diptych.plugin.diffusion.network.UpBlock]) are rows of layers; what differs between the families of
/// networks is which layers stand in a row, which [dev.diptych.plugin.diffusion.network.BlockType] says.
///
/// In comments on shapes, `batch` counts pictures, `tokens` the pixels of one picture at the present resolution or the words of one caption.
@NullMarked
package dev.diptych.plugin.diffusion.network;

import org.jspecify.annotations.NullMarked;
