// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/// Residual block, attention, residual block, attention, …, to the double. Each residual block is given one picture of the way down beside what comes
/// from below.
final class PlainUpBlock extends Module implements UpBlock {
    @Named("")
    private final BlockLayers layers;

    private final List<? extends Module> upsamplers;

    /// @param upsamplers one, or none in the last block: an [Upsample] or a [ResnetBlock]
    PlainUpBlock(BlockLayers layers, List<? extends Module> upsamplers) {
        this.layers = layers;
        this.upsamplers = upsamplers;
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        for (int i = 0; i < layers.count(); i++) {
            x = layers.residual(i, joined(x, skips.pop()), conditioning);
            x = layers.attention(i, x, conditioning);
        }
        for (var upsampler : upsamplers) {
            x = upsampled(upsampler, x, conditioning, skips);
        }
        return x;
    }

    /// (batch, c, height, width) and (batch, d, height, width) → (batch, c + d, height, width)
    static Symbol joined(Symbol x, @Nullable Symbol skip) {
        return skip == null ? x : Symbol.concatenate(1, x, skip);
    }

    private static Symbol upsampled(Module upsampler, Symbol x, Conditioning conditioning, Skips skips) {
        var like = Objects.requireNonNull(skips.peek());
        return switch (upsampler) {
            case Upsample upsample -> upsample.of(x, like);
            case ResnetBlock resnet -> resnet.of(x, conditioning, like);
            default -> throw new IllegalArgumentException(upsampler.getClass().getName());
        };
    }
}
