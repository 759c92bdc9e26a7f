// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expectations are what Python 3.11 prints.
final class PythonTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "ΑΣ ΣΑΣ ΌΔΟΣ. Σ|ας σας όδος. σ",
                "éΣ'\u200d's|éσ'\u200d's",
                "ΑΣ'|ας'",
                "ΑΣ.Β|ασ.β",
                "ΑΣ:|ας:",
                "Α\u0301Σ\u0301|α\u0301ς\u0301",
                "ΣΣ|σς",
                "İI|i\u0307i",
                "1Σ|1σ",
                "ΑΣ1|ας1",
                "\ud801\udc00Σ|\ud801\udc28ς",
                "ΑΣ\ud801\udc00|ασ\ud801\udc28",
                "ΑΣ-Β|ας-β",
            })
    void lowers_a_sigma_by_the_letters_around_it(String text, String lower) {
        assertThat(PythonText.lower(text)).isEqualTo(lower);
    }

    @Test
    void strips_all_that_python_calls_space() {
        assertThat(PythonText.strip("\u00a0\u2007\u001f\u0085\u3000 a b\u202f\u2028")).isEqualTo("a b");
        assertThat(PythonText.strip("\u200ba\u2060")).isEqualTo("\u200ba\u2060");
        assertThat(PythonText.strip(" \t")).isEmpty();
    }
}
