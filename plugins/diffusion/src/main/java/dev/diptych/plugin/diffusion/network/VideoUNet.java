// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import java.util.List;
import java.util.Set;

/// A U-Net for videos, told the time, that looks at a text: the frames pass as pictures, and layers along the time stand between those within a picture.
/// Wang et al., arXiv:2308.06571 (ModelScope text-to-video), section 3.2.
final class VideoUNet extends Module {
    private static final String TIMESTEP_CONDITION = "timestep_cond";

    private final transient TimestepProjection timeProj;
    private final TimestepEmbedding timeEmbedding;

    @Named("")
    private final UNet unet;

    private final transient int sampleChannels;
    private final transient int textWidth;
    private final transient int conditionWidth;

    /// @param conditionWidth of the input `timestep_cond`; 0 if there is none
    VideoUNet(
            TimestepProjection timeProj,
            TimestepEmbedding timeEmbedding,
            UNet unet,
            int sampleChannels,
            int textWidth,
            int conditionWidth) {
        this.timeProj = timeProj;
        this.timeEmbedding = timeEmbedding;
        this.unet = unet;
        this.sampleChannels = sampleChannels;
        this.textWidth = textWidth;
        this.conditionWidth = conditionWidth;
    }

    /// What a call may give or leave out.
    List<String> optionalInputs() {
        return conditionWidth == 0 ? List.of() : List.of(TIMESTEP_CONDITION);
    }

    void forward(FunctionScope f, Set<String> optional) {
        var inputs = new Inputs(f, optional);
        var frames = inputs.size("frames");
        var sample = inputs.rows("sample", sampleChannels, frames, inputs.size("height"), inputs.size("width"));
        var condition = inputs.has(TIMESTEP_CONDITION) ? inputs.rows(TIMESTEP_CONDITION, conditionWidth) : null;
        var time = timeProj.of(inputs.rows("timestep", timeProj.type()));
        var text = inputs.rows("encoder_hidden_states", inputs.size("tokens"), textWidth);

        Symbol embedding = timeEmbedding.of(time, condition).repeatInterleave(frames, 0); // (batch · frames, width)
        Symbol texts = text.repeatInterleave(frames, 0); // (batch · frames, tokens, textWidth)
        var pictures = unet.of(Videos.toFrames(sample), new Conditioning(embedding, texts, null, null, frames));
        f.output("sample", Videos.of(pictures, frames)); // (batch, channels, frames, height, width)
    }
}
