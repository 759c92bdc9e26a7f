// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.arithmetic.Slices;

import java.util.Arrays;
import java.util.List;

/// What captions are to prior and decoder: embedding, hidden states and mask, one row each.
///
/// @param embeddings (rows, dimensions)
/// @param hidden     (rows, tokens, width)
/// @param mask       (rows, tokens), int64
record TextConditions(Tensor embeddings, Tensor hidden, Tensor mask) {
    /// One caption for every row; with guidance, first as many rows of what it is guided away from.
    ///
    /// @param negative the caption of the unconditional half, usually empty
    static TextConditions of(Clip clip, String caption, String negative, int rows, boolean isGuided) {
        Clip.Texts texts = clip.texts(isGuided ? List.of(negative, caption) : List.of(caption));
        TextConditions wanted = row(texts, isGuided ? 1 : 0).repeated(rows);
        return isGuided ? row(texts, 0).repeated(rows).before(wanted) : wanted;
    }

    private static TextConditions row(Clip.Texts texts, int index) {
        return new TextConditions(texts.embeddings(), texts.hidden(), texts.mask()).rows(index, index + 1);
    }

    private TextConditions rows(int from, int to) {
        int tokens = mask.size(1);
        return new TextConditions(
                Slices.samples(embeddings, from, to),
                Slices.samples(hidden, from, to),
                Tensor.ofLongs(Arrays.copyOfRange(mask.longs(), from * tokens, to * tokens), to - from, tokens));
    }

    private TextConditions repeated(int rows) {
        return new TextConditions(
                Slices.repeated(embeddings, rows), Slices.repeated(hidden, rows), Batches.repeatedMask(mask, rows));
    }

    private TextConditions before(TextConditions other) {
        return new TextConditions(
                Slices.joinSamples(embeddings, other.embeddings),
                Slices.joinSamples(hidden, other.hidden),
                Batches.joinMasks(mask, other.mask));
    }
}
