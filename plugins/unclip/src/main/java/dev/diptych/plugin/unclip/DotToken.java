// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.NoiseGenerator;

/// From which part of the distribution of z_i · z_t the autoregressive prior's token is drawn: how well the picture is to fit its caption.
public enum DotToken {
    TOP_HALF,
    BOTTOM_HALF,
    ANY;

    /// One token for each row.
    ///
    /// @param buckets M, which hold equally many training pictures each, the least z_i · z_t first
    long[] drawn(int buckets, int rows, NoiseGenerator random) {
        int half = buckets / 2;
        int from = this == TOP_HALF ? half : 0;
        int to = this == BOTTOM_HALF ? Math.max(1, half) : buckets;
        return random.integers(from, to, rows).longs();
    }
}
