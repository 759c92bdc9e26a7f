// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

final class LinkCodecTest {
    private static final ToServer.Device DEVICE =
            new ToServer.Device("cpu:0", "cpu", 1 << 30, 10, List.of("a/b, unet"), ToServer.Work.NONE);
    private static final Holding HOLDING = new Holding("j", 3);

    @Test
    void every_message_to_the_server_reads_back_equal() throws IOException {
        NodeReport report =
                new NodeReport(
                        "n",
                        "p/n",
                        NodeReport.Status.SKIPPED,
                        5,
                        1,
                        0,
                        "why",
                        new NodeReport.DeviceUse(2, 4, 3.5, 10, 20, java.util.List.of("float32")),
                        new LinkedHashMap<>(Map.of("a", "1")),
                        new LinkedHashMap<>(),
                        null);
        for (ToServer message :
                List.of(
                        new ToServer.Hello("w", "s", List.of("d"), 4, List.of(HOLDING), List.of(DEVICE)),
                        new ToServer.Claim(2),
                        new ToServer.Heartbeat(
                                List.of(HOLDING),
                                List.of(new ToServer.DeviceCall(HOLDING, "n", Duration.ofMillis(1500))),
                                List.of(DEVICE)),
                        new ToServer.NodeStarted(HOLDING, "n"),
                        new ToServer.NodeEnded(HOLDING, 7, report),
                        new ToServer.Progress(HOLDING, "n", 0.5, "half", null),
                        new ToServer.Progress(HOLDING, "n", 0.5, "half", Duration.ofSeconds(2)),
                        new ToServer.Finished(HOLDING, 8, new Outcome(Outcome.Status.CANCELLED, "{}", null)),
                        new ToServer.Leaving())) {
            assertThat(LinkCodec.TO_SERVER.read(LinkCodec.TO_SERVER.text(message))).isEqualTo(message);
        }
    }

    @Test
    void every_message_to_a_worker_reads_back_equal() throws IOException {
        for (ToWorker message :
                List.of(
                        new ToWorker.Welcome(List.of(HOLDING)),
                        new ToWorker.Assign(
                                HOLDING, "o", "{}", "{}", List.of("out"), "{}", Set.of("n"), Map.of("m", "why")),
                        new ToWorker.Cancel(HOLDING),
                        new ToWorker.Ack(HOLDING, 4),
                        new ToWorker.Stale(HOLDING),
                        new ToWorker.Watch(Set.of("j")),
                        new ToWorker.Drain("slow", Duration.ofSeconds(60)),
                        new ToWorker.Stop("bye"))) {
            assertThat(LinkCodec.TO_WORKER.read(LinkCodec.TO_WORKER.text(message))).isEqualTo(message);
        }
    }

    @Test
    void texts_may_be_as_long_as_a_message() throws IOException {
        String text = "x".repeat(30_000_000);
        ToWorker assign = new ToWorker.Assign(HOLDING, "o", text, "{}", List.of(), "{}", Set.of(), Map.of());
        ToServer finished = new ToServer.Finished(HOLDING, 8, new Outcome(Outcome.Status.SUCCEEDED, text, null));
        assertThat(LinkCodec.TO_WORKER.read(LinkCodec.TO_WORKER.text(assign)).equals(assign)).isTrue();
        assertThat(LinkCodec.TO_SERVER.read(LinkCodec.TO_SERVER.text(finished)).equals(finished)).isTrue();
    }

    @Test
    void a_bundle_reads_back_whatever_the_length_of_its_texts() {
        JsonNode document = JsonNodeFactory.instance.objectNode().put("description", "x".repeat(30_000_000));
        WorkflowBundle bundle = new WorkflowBundle(document, new TreeMap<>());
        assertThat(WorkflowBundle.of(bundle.text()).equals(bundle)).isTrue();
    }

    @Test
    void a_message_without_a_field_is_refused_by_the_name_of_the_field() {
        assertThatThrownBy(() -> LinkCodec.TO_SERVER.read("{\"type\":\"NodeStarted\",\"node\":\"n\"}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("NodeStarted.holding is missing");
        assertThatThrownBy(() ->
                        LinkCodec.TO_SERVER.read("{\"type\":\"Heartbeat\",\"holding\":[{\"epoch\":1}],\"calls\":[]}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Holding.job is missing");
    }
}
