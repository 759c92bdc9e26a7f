// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The U: down from resolution to resolution, through the lowest, and up again, where each block is handed what its counterpart saw.
/// Ronneberger et al., arXiv:1505.04597; told the time, Ho et al., arXiv:2006.11239.
///
/// ```
/// sample → conv_in → down_blocks.0 ───────────────────→ up_blocks.2 → conv_norm_out, act, conv_out → sample
///                          ↓                                 ↑
///                    down_blocks.1 ───────────────────→ up_blocks.1
///                          ↓                                 ↑
///                    down_blocks.2 ───→ mid_block ────→ up_blocks.0
/// ```
final class UNet extends Module {
    private final Conv2d convIn;
    private final @Nullable Layer transformerIn;
    private final List<? extends DownBlock> downBlocks;
    private final @Nullable Layer midBlock;
    private final List<? extends UpBlock> upBlocks;
    private final @Nullable GroupNorm convNormOut;
    private final transient Activation activation;
    private final Conv2d convOut;

    /// @param transformerIn stands after the first convolution; null for none
    /// @param midBlock      null for none
    /// @param convNormOut   null for neither norm nor activation before the last convolution
    UNet(
            Conv2d convIn,
            @Nullable Layer transformerIn,
            List<? extends DownBlock> downBlocks,
            @Nullable Layer midBlock,
            List<? extends UpBlock> upBlocks,
            @Nullable GroupNorm convNormOut,
            Activation activation,
            Conv2d convOut) {
        this.convIn = convIn;
        this.transformerIn = transformerIn;
        this.downBlocks = downBlocks;
        this.midBlock = midBlock;
        this.upBlocks = upBlocks;
        this.convNormOut = convNormOut;
        this.activation = activation;
        this.convOut = convOut;
    }

    /// (batch, in, height, width) → (batch, out, height, width)
    Symbol of(Symbol sample, Conditioning conditioning) {
        var skips = new Skips();
        skips.setBeside(sample);
        var x = convIn.of(sample);
        x = transformerIn == null ? x : transformerIn.of(x, conditioning);
        skips.push(x);
        for (var block : downBlocks) {
            x = block.of(x, conditioning, skips);
        }
        x = midBlock == null ? x : midBlock.of(x, conditioning);
        skips.setBeside(null);
        for (var block : upBlocks) {
            x = block.of(x, conditioning, skips);
        }
        x = convOut.of(convNormOut == null ? x : activation.of(convNormOut.of(x)));
        var beside = skips.beside();
        return beside == null ? x : x.plus(beside);
    }
}
