// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.value.Tensor;

import java.util.List;
import java.util.Optional;

/// Texts as rows of one length, as a text encoder takes them.
///
/// @param ids     int64, (texts, length)
/// @param lengths int64, (texts): tokens of each row before its padding, special ones included
/// @param texts   the tokens of each row before its padding
public record TokenBatch(Tensor ids, Tensor lengths, List<Tokens> texts) {
    public TokenBatch {
        texts = List.copyOf(texts);
    }

    /// 1 for a token and 0 for padding: int64, (texts, length).
    public Tensor mask() {
        int rows = ids.size(0);
        int length = ids.size(1);
        long[] mask = new long[rows * length];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < lengths.longs()[row]; i++) {
                mask[row * length + i] = 1;
            }
        }
        return Tensor.ofLongs(mask, rows, length);
    }

    /// A sentence for each text that was cut.
    public List<String> notices() {
        return texts.stream().map(Tokens::notice).flatMap(Optional::stream).toList();
    }
}
