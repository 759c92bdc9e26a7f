// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Revision;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;

import java.util.Optional;

/// Feeds bytes to the reader, and what it accepts to the planner. A build replays the corpus beside the class; `JAZZER_FUZZ=1` looks for more.
final class WorkflowFuzzTest {
    private final WorkflowReader reader = new WorkflowReader();
    private final Planner planner = new Planner(TestCatalog.filled(), _ -> Optional.empty(), Limits.DEFAULT);

    @FuzzTest(maxDuration = "2m")
    void any_bytes_are_read_or_refused_with_problems(byte[] bytes) {
        WorkflowDocument document;
        try {
            document = reader.read(bytes);
        } catch (DocumentException e) {
            assertThat(e.problems()).isNotEmpty();
            return;
        }
        assertThat(reader.read(new WorkflowWriter().write(document))).isEqualTo(document);
        assertThat(Revision.of(document)).hasSize(12);
        assertThat(planner.validate(document)).isNotNull();
    }
}
