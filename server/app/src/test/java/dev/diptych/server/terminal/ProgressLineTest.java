// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.execution.DeviceUse;
import dev.diptych.engine.execution.RunListener.NodeRecord;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;

class ProgressLineTest {
    private final StringWriter out = new StringWriter();

    private ProgressLine line(boolean isTerminal) {
        return new ProgressLine(new PrintWriter(out), isTerminal, 2);
    }

    private static NodeRecord record(NodeRecord.Status status, int cached) {
        return new NodeRecord(
                "n",
                "image/blur",
                status,
                Duration.ofMillis(1500),
                1,
                cached,
                cached == 1 ? "" : "seed changed from 1 to 2",
                DeviceUse.NONE,
                List.of(),
                List.of(),
                null);
    }

    @Test
    void a_terminal_has_a_bar_with_what_runs_and_the_time_left() {
        ProgressLine line = line(true);
        line.progress("n", 0.5, "step 5 of 10", Duration.ofSeconds(75));

        assertThat(out.toString()).contains("██████░░░░░░░░░░░░░░░░░░ 25 %", "n: step 5 of 10", "1 min 15 s left");
    }

    @Test
    void a_preview_is_drawn_above_the_bar_and_taken_away_before_the_next() {
        ProgressLine line = line(true);
        assertThat(line.wantsPreview("n")).isTrue();
        line.preview("n", Image.filled(8, 8, new Pixel(1, 0, 0, 1)));
        assertThat(out.toString()).contains("255;0;0", "▀");
        int lines = (int) out.toString().chars().filter(each -> each == '\n').count();
        out.getBuffer().setLength(0);

        line.preview("n", Image.filled(8, 8, new Pixel(0, 0, 1, 1)));
        assertThat(out.toString()).contains("\u001b[" + lines + "A\u001b[J", "0;0;255");
        out.getBuffer().setLength(0);
        line.finish();
        assertThat(out.toString()).contains("\u001b[" + lines + "A\u001b[J");
    }

    @Test
    void elsewhere_there_is_a_line_for_each_node_that_ends_and_nothing_that_moves() {
        ProgressLine line = line(false);
        assertThat(line.wantsPreview("n")).isFalse();
        line.progress("n", 0.5, "step 5 of 10", Duration.ofSeconds(75));
        line.preview("n", Image.filled(8, 8, new Pixel(1, 0, 0, 1)));
        line.nodeEnded(record(NodeRecord.Status.SUCCEEDED, 0));
        line.nodeEnded(record(NodeRecord.Status.SUCCEEDED, 1));
        line.nodeEnded(record(NodeRecord.Status.FAILED, 0));
        line.finish();

        assertThat(out.toString().lines())
                .containsExactly(
                        "n (image/blur) succeeded in 1.5 s (seed changed from 1 to 2)",
                        "n (image/blur) succeeded from the cache",
                        "n (image/blur) failed");
    }
}
