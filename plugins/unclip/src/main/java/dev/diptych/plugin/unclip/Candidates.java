// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.clip.Vectors;

import java.util.List;

/// What a prior imagined of one caption.
final class Candidates {
    /// The one that is kept.
    ///
    /// @param similarity the cosine of the angle between the embedding and the caption's
    record Kept(Embedding embedding, double similarity) {}

    private Candidates() {}

    /// @param drawn (candidates, width), of the space of `clip`
    static Kept kept(Tensor drawn, Clip clip, String caption) {
        Embedding words = Clip.rows(clip.texts(List.of(caption)).embeddings(), clip.space()).getFirst();
        Embedding best = best(Clip.rows(drawn, clip.space()), words);
        return new Kept(best, Vectors.cosine(best, words));
    }

    /// The one with the largest z_i · z_t. Ramesh et al., arXiv:2204.06125, section 2.2.
    private static Embedding best(List<Embedding> candidates, Embedding caption) {
        Embedding best = candidates.getFirst();
        for (Embedding candidate : candidates) {
            best = Vectors.dot(candidate, caption) > Vectors.dot(best, caption) ? candidate : best;
        }
        return best;
    }
}
