// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.List;
import java.util.Set;

/// The U-Nets of Stable Diffusion 1, 2 and XL, of inpainting and unCLIP, of Karlo's decoder, of DeepFloyd IF, of Kandinsky 2: `UNet2DConditionModel` of diffusers.
///
/// Inputs: `sample` (batch, channels, height, width); `timestep` (batch), float32; `encoder_hidden_states` (batch, tokens, width) where the network reads a
/// text; and what the configuration adds: `class_labels`, `text_embeds`, `time_ids`, `image_embeds`, `hint`. May be left out: `timestep_cond`,
/// `encoder_attention_mask` and `attention_mask` (int64, 1 for a token that may be looked at). Output: `sample`.
@Extension
public final class UNet2DConditionModel implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("UNet2DConditionModel", "diffusers/UNet2DConditionModel");
    }

    @Override
    public String parameterName(String stored) {
        return OlderNames.newer(stored);
    }

    @Override
    public Network describe(Config config) {
        ConditionalUNet unet = new ConditionalUNetReader(config).read();
        Network.Description<ConditionalUNet> description = Network.of(unet);
        for (Set<String> optional : Inputs.choices(unet.optionalInputs())) {
            description.function(Model.FORWARD, (network, f) -> network.forward(f, optional));
        }
        return description.network();
    }
}
