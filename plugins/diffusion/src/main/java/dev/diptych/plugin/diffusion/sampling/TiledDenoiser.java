// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.guidance.Denoiser;

/// A fully convolutional network on pictures for which the device's memory may be too small: the whole picture as long as it fits, overlapping tiles from then on, more and smaller ones until they
/// fit. Each step's predictions are blended, so that all tiles go on from the same picture and no seam can grow.
///
/// Where a tile ends the network sees less than it would, so a tile counts nothing at its rim, and rises to its full share over the rest of the overlap. A network that looks no further than a
/// quarter of the overlap gives the same as on the whole picture; norms over whole pictures, which are then norms over tiles, make a difference that shrinks with the size of the tiles.
///
/// ```java
/// TiledDenoiser tiled = TiledDenoiser.of((x, timestep, region) -> network.predict(x, timestep), 32, 128);
/// Tensor picture = Sampler.of(solver, tiled).run(noise);
/// ```
///
/// For one run of a sampler; not safe for threads.
public final class TiledDenoiser implements Denoiser {
    private static final String OUT_OF_MEMORY = "device/out-of-memory";

    private final Regional network;
    private final int multiple;
    private final int overlap;
    private int parts = 1;
    private Tiling last = Tiling.of(0, 0, 1, 1, 0);

    /// A network that is shown a part of the picture.
    @FunctionalInterface
    public interface Regional {
        /// As [Denoiser#predict(Tensor, double)].
        ///
        /// @param x      that region of the picture
        /// @param region for what belongs to it among the conditions
        Tensor predict(Tensor x, double timestep, Region region);
    }

    /// A rectangle of a picture, in its pixels.
    public record Region(int top, int left, int height, int width) {}

    private TiledDenoiser(Regional network, int multiple, int overlap) {
        this.network = network;
        this.multiple = multiple;
        this.overlap = overlap;
    }

    /// @param multiple what the places and sides of tiles are multiples of, as those of the whole picture are
    /// @param overlap  of neighbouring tiles, in pixels, at least; a multiple of `multiple`
    public static TiledDenoiser of(Regional network, int multiple, int overlap) {
        if (multiple < 1 || overlap < 1 || overlap % multiple != 0) {
            throw new IllegalArgumentException("An overlap of " + overlap + " is no multiple of " + multiple);
        }
        return new TiledDenoiser(network, multiple, overlap);
    }

    /// How the last prediction was cut; one tile for the whole picture.
    public Tiling tiling() {
        return last;
    }

    /// @throws NodeException `device/out-of-memory` if not even the smallest tiles fit, which are twice the overlap wide
    @Override
    public Tensor predict(Tensor x, double timestep) {
        while (true) {
            Tiling tiling = Tiling.of(x.size(2), x.size(3), parts, multiple, overlap);
            try {
                Tensor predicted = predict(x, timestep, tiling);
                last = tiling;
                return predicted;
            } catch (NodeException e) {
                Tiling finer = Tiling.of(x.size(2), x.size(3), 2 * parts, multiple, overlap);
                boolean isSmallest =
                        finer.equals(tiling) || Math.max(finer.tileHeight(), finer.tileWidth()) < 2 * overlap;
                if (!e.code().equals(OUT_OF_MEMORY) || isSmallest) {
                    throw e;
                }
                parts *= 2;
            }
        }
    }

    private Tensor predict(Tensor x, double timestep, Tiling tiling) {
        if (tiling.regions().size() == 1) {
            return network.predict(x, timestep, tiling.regions().getFirst());
        }
        Blend blend = new Blend(tiling);
        for (Region region : tiling.regions()) {
            Tensor part = Slices.window(x, region.top(), region.left(), region.height(), region.width());
            blend.add(network.predict(part, timestep, region), region);
        }
        return blend.result();
    }
}
