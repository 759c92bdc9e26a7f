// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import java.util.ArrayList;
import java.util.List;

/// A picture cut into overlapping tiles of one size. Immutable.
///
/// @param height, width         of the picture
/// @param tileHeight, tileWidth of each tile
/// @param tops, lefts           where the rows and columns of tiles begin, ascending
public record Tiling(int height, int width, int tileHeight, int tileWidth, List<Integer> tops, List<Integer> lefts) {

    public Tiling {
        tops = List.copyOf(tops);
        lefts = List.copyOf(lefts);
    }

    /// @param parts    how many tiles stand along the longer side; the shorter one has as many as tiles of about that size need
    /// @param multiple what places and sides are multiples of; the picture's sides are
    /// @param overlap  of neighbours, at least, a multiple of `multiple`
    static Tiling of(int height, int width, int parts, int multiple, int overlap) {
        int side = side(Math.max(height, width), parts, multiple, overlap);
        int tileHeight = Math.min(height, side);
        int tileWidth = Math.min(width, side);
        return new Tiling(
                height,
                width,
                tileHeight,
                tileWidth,
                starts(height, tileHeight, multiple, overlap),
                starts(width, tileWidth, multiple, overlap));
    }

    private static int side(int length, int parts, int multiple, int overlap) {
        int exact = Math.ceilDiv(length + (parts - 1) * overlap, parts);
        return Math.ceilDiv(exact, multiple) * multiple;
    }

    /// Evenly spread from edge to edge.
    private static List<Integer> starts(int length, int tile, int multiple, int overlap) {
        if (tile >= length) {
            return List.of(0);
        }
        int count = 1 + Math.ceilDiv(length - tile, Math.max(multiple, tile - overlap));
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            starts.add((int) ((long) i * (length - tile) / (count - 1)) / multiple * multiple);
        }
        return starts;
    }

    /// All tiles, row by row.
    public List<TiledDenoiser.Region> regions() {
        List<TiledDenoiser.Region> regions = new ArrayList<>();
        for (int top : tops) {
            for (int left : lefts) {
                regions.add(new TiledDenoiser.Region(top, left, tileHeight, tileWidth));
            }
        }
        return List.copyOf(regions);
    }

    /// How much a tile's pixels count along one side: nothing in the outer quarter of what it shares with a neighbour, everything behind the third; all of them where there is no neighbour.
    ///
    /// @param starts of all tiles along that side
    /// @return one for each pixel of the tile; the sum over the tiles of any pixel of the picture is above 0
    static float[] shares(List<Integer> starts, int index, int tile) {
        float[] shares = new float[tile];
        int before = index == 0 ? 0 : starts.get(index - 1) + tile - starts.get(index);
        int after = index == starts.size() - 1 ? 0 : starts.get(index) + tile - starts.get(index + 1);
        for (int i = 0; i < tile; i++) {
            shares[i] = Math.min(rise(i + 0.5f, before), rise(tile - i - 0.5f, after));
        }
        return shares;
    }

    private static float rise(float distance, int shared) {
        return shared == 0 ? 1 : Math.clamp(2 * distance / shared - 0.5f, 0, 1);
    }
}
