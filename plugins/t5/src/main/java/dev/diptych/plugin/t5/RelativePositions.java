// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.t5;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

/// Sorts the distances between tokens into buckets, half for those ahead and half for those behind: one bucket for each near distance, then ever wider ones
/// up to the greatest, which takes all beyond. Raffel et al., arXiv:1910.10683, section 2.1.
///
/// @param buckets     how many, at least 4
/// @param maxDistance from which on all distances are one
record RelativePositions(int buckets, int maxDistance) {
    /// @return int64 (tokens, tokens): row for the token that looks, column for the one that is seen
    Symbol buckets(FunctionScope f, Size tokens) {
        int side = buckets / 2;
        int near = side / 2;
        Symbol places = f.range(tokens);
        Symbol distance = places.unsqueeze(0).minus(places.unsqueeze(1)); // (tokens, tokens)
        Symbol isAhead = distance.atLeast(1);
        distance = distance.abs();
        Symbol far =
                distance.toFloat32()
                        .dividedBy(near)
                        .log()
                        .dividedBy(Math.log((double) maxDistance / near))
                        .times(side - near)
                        .toInt64()
                        .plus(near)
                        .clamp(0, side - 1);
        return isAhead.toInt64().times(side).plus(distance.lessThan(near).choose(distance, far));
    }
}
