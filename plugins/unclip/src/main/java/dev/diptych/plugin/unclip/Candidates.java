// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Embedding;
import dev.diptych.plugin.clip.Vectors;

import java.util.List;

/// What a prior imagined of one caption.
final class Candidates {
    private Candidates() {}

    /// The one with the largest z_i · z_t. Ramesh et al., arXiv:2204.06125, section 2.2.
    static Embedding best(List<Embedding> candidates, Embedding caption) {
        Embedding best = candidates.getFirst();
        for (Embedding candidate : candidates) {
            best = Vectors.dot(candidate, caption) > Vectors.dot(best, caption) ? candidate : best;
        }
        return best;
    }
}
