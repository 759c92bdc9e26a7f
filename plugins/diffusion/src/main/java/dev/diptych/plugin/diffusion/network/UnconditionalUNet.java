// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A U-Net that is told the time, and a class or nothing. Ho et al., arXiv:2006.11239, appendix B.
final class UnconditionalUNet extends Module {
    private final TimestepProjection timeProj;
    private final TimestepEmbedding timeEmbedding;
    private final @Nullable ClassEmbedding classEmbedding;

    @Named("")
    private final UNet unet;

    private final transient Traits traits;

    /// What is no layer.
    ///
    /// @param sizeMultiple    which height and width are multiples of
    /// @param centersSample   whether the sample comes as 0 to 1 and is made -1 to 1
    /// @param dividesByTime   whether the time is a noise level, by which the result is divided
    record Traits(int sampleChannels, int sizeMultiple, boolean centersSample, boolean dividesByTime) {}

    UnconditionalUNet(
            TimestepProjection timeProj,
            TimestepEmbedding timeEmbedding,
            @Nullable ClassEmbedding classEmbedding,
            UNet unet,
            Traits traits) {
        this.timeProj = timeProj;
        this.timeEmbedding = timeEmbedding;
        this.classEmbedding = classEmbedding;
        this.unet = unet;
        this.traits = traits;
    }

    void forward(FunctionScope f) {
        var inputs = new Inputs(f);
        int multiple = traits.sizeMultiple();
        var sample =
                inputs.rows(
                        "sample",
                        traits.sampleChannels(),
                        inputs.size("height", multiple),
                        inputs.size("width", multiple)); // (batch, channels, height, width)
        var timestep = inputs.rows("timestep", timeProj.type()); // (batch)
        var embedding = timeEmbedding.of(timeProj.of(timestep));
        embedding = classEmbedding == null ? embedding : embedding.plus(classEmbedding.of(inputs));
        var x = unet.of(traits.centersSample() ? sample.times(2).minus(1) : sample, Conditioning.on(embedding));
        f.output("sample", traits.dividesByTime() ? overTime(x, timestep) : x);
    }

    private static Symbol overTime(Symbol x, Symbol timestep) {
        return x.toFloat32().dividedBy(timestep.unsqueeze(1).spatial()).toFloat();
    }
}
