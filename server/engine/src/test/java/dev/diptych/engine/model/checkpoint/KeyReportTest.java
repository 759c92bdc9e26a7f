// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

class KeyReportTest {
    @Test
    void lists_all_that_is_missing_extra_and_misshapen_with_the_nearest_names() throws IOException {
        try (Checkpoint right = CheckpointFiles.open(Fixtures.path("keymap/ldm-vae.right.safetensors"))) {
            Map<String, long[]> expected = new LinkedHashMap<>();
            right.tensors()
                    .forEach((name, tensor) ->
                            expected.put(name.replace("mid_block.attentions", "mid_block.attention"), tensor.shape()));
            expected.put("quant_conv.weight", new long[] {3, 4});

            KeyReport report = KeyReport.of(right, expected);

            assertThat(report.isComplete()).isFalse();
            assertThat(report.missing()).hasSize(20).hasSameSizeAs(report.extra());
            assertThat(report.missing())
                    .filteredOn(missing -> missing.name().equals("encoder.mid_block.attention.0.to_q.weight"))
                    .singleElement()
                    .extracting(KeyReport.Missing::nearest)
                    .isEqualTo(Optional.of("encoder.mid_block.attentions.0.to_q.weight"));
            assertThat(report.misshapen())
                    .containsExactly(new KeyReport.Misshapen("quant_conv.weight", "(3, 4)", "(2,)"));
            assertThatThrownBy(() -> report.requireComplete("vae"))
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("20 missing")
                    .hasMessageContaining("1 of another shape")
                    .hasMessageContaining("20 extra")
                    .message()
                    .hasLineCount(1 + 3 + 41);
        }
    }

    @Test
    void extra_tensors_alone_do_no_harm() throws IOException {
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("every-type.safetensors"))) {
            KeyReport report = KeyReport.of(file, Map.of("matrix", new long[] {2, 3}));

            assertThat(report.isComplete()).isTrue();
            assertThat(report.extra()).hasSize(17);
            report.requireComplete("file");
        }
    }
}
