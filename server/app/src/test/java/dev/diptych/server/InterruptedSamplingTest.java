// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;

/// A worker that dies between two steps of a diffusion.
class InterruptedSamplingTest {
    private static final int STEPS = 150;

    @TempDir private Path data;

    @Test
    void a_worker_killed_while_it_samples_costs_that_node_and_not_a_bit_of_the_picture() throws Exception {
        RanWorkflow.install("tiny/unclip", data.resolve("models/tiny/unclip"));
        try (TestServer diptych = TestServer.supervising(data)) {
            String killed = submit(diptych, true);
            awaitStep(diptych, killed, "decode");
            Objects.requireNonNull(diptych.server.workerProcess()).destroyForcibly();
            JsonNode first = diptych.awaitEnd(killed);
            JsonNode second = diptych.awaitEnd(submit(diptych, false));

            assertThat(first.path("state").asText()).isEqualTo("succeeded");
            assertThat(node(first, "prior").path("cached").asInt()).as("taken from before the death").isOne();
            assertThat(node(first, "decode").path("cached").asInt()).isZero();
            assertThat(node(second, "decode").path("cached").asInt()).isZero();
            JsonNode devices = node(second, "decode").path("devices");
            assertThat(devices.path("calls").asInt()).isGreaterThanOrEqualTo(STEPS);
            assertThat(devices.path("batch").asDouble()).isGreaterThanOrEqualTo(1);
            assertThat(devices.path("computedMilliseconds").asLong())
                    .isBetween(1L, node(second, "decode").path("milliseconds").asLong());
            assertThat(first.path("outputs").path("small").path("value").asText()).startsWith("asset:");
            assertThat(first.path("outputs")).isEqualTo(second.path("outputs"));
        }
    }

    private static String submit(TestServer diptych, boolean usesCache) {
        return diptych.post(
                        "/api/v1/jobs",
                        """
                        {"workflow":"text-to-image","outputs":["small"],"options":{"deterministic":true,"cache":%b},
                         "inputs":{"model":"tiny/unclip","seed":7,"candidates":1,"steps":%d}}\
                        """
                                .formatted(usesCache, STEPS))
                .expect(201)
                .json()
                .path("id")
                .asText();
    }

    private static JsonNode node(JsonNode job, String name) {
        for (JsonNode node : job.path("nodes")) {
            if (node.path("node").asText().equals(name)) {
                return node;
            }
        }
        throw new AssertionError("No record of " + name + " in " + job);
    }

    /// Until the node has told that some of its steps are done, and by far not all.
    private static void awaitStep(TestServer diptych, String job, String node) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(diptych.server.address() + "/api/v1/jobs/" + job + "/events"))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient();
                Stream<String> lines = client.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
            Iterator<String> events = lines.iterator();
            while (events.hasNext()) {
                String line = events.next();
                JsonNode event =
                        new ObjectMapper()
                                .readTree(line.startsWith("data: ") ? line.substring("data: ".length()) : "{}");
                if (event.path("kind").asText().equals("progress") && event.path("node").asText().equals(node)) {
                    assertThat(event.path("fraction").asDouble()).isLessThan(0.9);
                    return;
                }
            }
        }
        throw new AssertionError("The job ended before " + node + " told of a step");
    }
}
