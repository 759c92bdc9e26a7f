// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each repair by itself; all of them together are held by the conformance cases, which ftfy and Python's html have made.
final class TextRepairTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "P&EACUTE;REZ|PÉREZ",
                "&nTILDE;|&nTILDE;",
                "&amp;lt;|<",
                "<b>&eacute;</b>|<b>&eacute;</b>",
                "&amp|&amp",
                "\uff21\uff71 \ufb01|Aア fi",
                "\u201cq\u201d \u2018s\u2019|\"q\" 's'",
                "\u001b[36;44mblue\u001b[0m|blue",
                "\u0000a\ufeffb\u206a|ab",
                "caf\u0092s|caf's",
                "e\u0301|\u00e9",
            })
    void repairs_as_ftfy_does(String text, String repaired) {
        assertThat(TextRepair.repaired(text)).isEqualTo(repaired);
    }

    @Test
    void repairs_line_by_line() {
        assertThat(TextRepair.repaired("a\u2028b\r\nc\rd\u0085")).isEqualTo("a\nb\nc\nd\u2026");
        assertThat(TextRepair.repaired("&eacute;\n<b>&eacute;</b>\n&eacute;"))
                .isEqualTo("é\n<b>&eacute;</b>\n&eacute;");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "&notit; &notin;|¬it; ∉",
                "&#65; &#x41 &#X41;|A A A",
                "&#128; &#150;|€ –",
                "&#0; &#xD800; &#x110000; &#99999999999999999999;|\ufffd \ufffd \ufffd \ufffd",
                "&#1;&#xfffe;&#127;|",
                "&nonsense; & &; &#; &#x;|&nonsense; & &; &#; &#x;",
                "&NotEqualTilde;|≂̸",
            })
    void decodes_references_as_browsers_do(String text, String decoded) {
        assertThat(HtmlEntities.decode(text)).isEqualTo(decoded == null ? "" : decoded);
    }
}
