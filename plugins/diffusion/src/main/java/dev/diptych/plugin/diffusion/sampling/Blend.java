// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import dev.diptych.api.value.Tensor;

/// The mean of overlapping tiles, each pixel's by its shares.
final class Blend {
    private final Tiling tiling;
    private float[] sums = {};
    private float[] weights = {};
    private int batch;
    private int channels;

    Blend(Tiling tiling) {
        this.tiling = tiling;
    }

    /// @param tile (batch, channels, region's height, region's width)
    void add(Tensor tile, TiledDenoiser.Region region) {
        int height = tiling.height();
        int width = tiling.width();
        if (sums.length == 0) {
            batch = tile.size(0);
            channels = tile.size(1);
            sums = new float[batch * channels * height * width];
            weights = new float[height * width];
        }
        float[] down = Tiling.shares(tiling.tops(), tiling.tops().indexOf(region.top()), region.height());
        float[] across = Tiling.shares(tiling.lefts(), tiling.lefts().indexOf(region.left()), region.width());
        for (int y = 0; y < region.height(); y++) {
            int row = (region.top() + y) * width + region.left();
            for (int x = 0; x < region.width(); x++) {
                weights[row + x] += down[y] * across[x];
            }
            for (int plane = 0; plane < batch * channels; plane++) {
                int from = (plane * region.height() + y) * region.width();
                int to = plane * height * width + row;
                for (int x = 0; x < region.width(); x++) {
                    sums[to + x] += down[y] * across[x] * tile.floats()[from + x];
                }
            }
        }
    }

    /// (batch, channels, height, width)
    Tensor result() {
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= weights[i % weights.length];
        }
        return Tensor.ofFloats(sums, batch, channels, tiling.height(), tiling.width());
    }
}
