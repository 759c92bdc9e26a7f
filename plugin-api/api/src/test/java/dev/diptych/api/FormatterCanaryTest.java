// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The format check of `verify` fails when the formatter would change the canary; this test fails when it has.
class FormatterCanaryTest {
    private static final Path CANARY = Path.of("src/test/java/dev/diptych/api/FormatterCanary.java");

    @Test
    void long_documentation_lines_tables_and_code_stay_as_written() throws IOException {
        List<String> lines = Files.readAllLines(CANARY);

        assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("/// Looks").hasSizeGreaterThan(150));
        assertThat(lines)
                .contains(
                        "/// | short |    spaces    inside    |",
                        "///     - with a deep indent",
                        "/// int   spaced   =   1;   // (batch, heads, tokens, headDim)");
    }

    @Test
    void an_import_used_only_in_documentation_stays() throws IOException {
        assertThat(Files.readAllLines(CANARY))
                .contains("import java.util.ArrayDeque;", "import java.util.concurrent.locks.ReentrantLock;");
    }
}
