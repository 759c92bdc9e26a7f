// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// Feeds bytes to the reader of `spiece.model`. `JAZZER_FUZZ=1` looks for more than the corpus beside the class has.
final class SentencePieceFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_bytes_are_read_or_refused_with_a_reason(byte[] bytes) {
        try {
            SentencePieceModel model = SentencePieceModel.read(bytes);
            assertThat(model.pieces()).isNotEmpty();
            CharsMap.check(model.charsMap());
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
