// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.arithmetic.Slices;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What captions are to prior and decoder: embedding, hidden states and mask, one row each.
///
/// @param embeddings (rows, dimensions)
/// @param hidden     (rows, tokens, width)
/// @param mask       (rows, tokens), int64
record TextConditions(Tensor embeddings, Tensor hidden, Tensor mask) {
    /// @param captions one for each row; with guidance, before them are as many rows of what they are guided away from
    /// @param negative the caption of the unconditional half, usually empty
    static TextConditions of(Clip clip, List<String> captions, String negative, boolean isGuided) {
        List<String> rows = new ArrayList<>(isGuided ? Collections.nCopies(captions.size(), negative) : List.of());
        rows.addAll(captions);
        List<String> distinct = rows.stream().distinct().toList();
        Clip.Texts texts = clip.texts(distinct);
        int[] picked = rows.stream().mapToInt(distinct::indexOf).toArray();
        return new TextConditions(
                Slices.picked(texts.embeddings(), picked),
                Slices.picked(texts.hidden(), picked),
                Slices.picked(texts.mask(), picked));
    }
}
