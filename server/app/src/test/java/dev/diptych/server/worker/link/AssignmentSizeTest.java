// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

class AssignmentSizeTest {
    private static int bytes(String workflow, String inputs) {
        var assignment =
                new ToWorker.Assign(
                        new Holding("job", 1), "ann", workflow, inputs, List.of(), "{}", Set.of(), Map.of());
        return LinkCodec.TO_WORKER.text(assignment).getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void a_text_counts_as_the_link_writes_it() {
        String workflow = "{\"a\":\"\\n é 🦁 \u0001\"}";
        String inputs = "{\"b\":[\"\\\"\"]}";
        assertThat(AssignmentSize.of(workflow, inputs)).isEqualTo(bytes(workflow, inputs) - bytes("", ""));
    }
}
