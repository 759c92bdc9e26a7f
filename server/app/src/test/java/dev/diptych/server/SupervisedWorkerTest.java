// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// A server with its supervised worker process, and what happens when that misbehaves.
class SupervisedWorkerTest {
    @TempDir private Path data;

    @Test
    void a_job_runs_in_a_process_of_its_own() {
        try (TestServer diptych = TestServer.supervising(data)) {
            String id = diptych.submitNode("test/wait", "\"text\":{\"value\":\"done\"}");
            JsonNode job = diptych.awaitEnd(id);
            assertThat(job.path("state").asText()).isEqualTo("succeeded");
            assertThat(job.path("outputs").path("text").path("value").asText()).isEqualTo("done");
            assertThat(diptych.server.workerProcess()).isNotNull();
        }
    }

    @Test
    void a_node_that_ends_the_process_fails_after_three_deaths_and_others_go_on() throws IOException {
        Path deaths = data.resolve("deaths");
        try (TestServer diptych = TestServer.supervising(data)) {
            String killer = diptych.submitNode("test/exit", "\"file\":{\"value\":\"" + deaths + "\"}");
            String other = diptych.submitNode("test/wait", "\"text\":{\"value\":\"mine\"},\"steps\":{\"value\":100}");
            JsonNode failed = diptych.awaitEnd(killer);
            assertThat(failed.path("state").asText()).isEqualTo("failed");
            assertThat(failed.path("problems").path(0).path("code").asText()).isEqualTo("engine/node-killed-worker");
            assertThat(failed.path("problems").path(0).path("message").asText()).contains("3 times");
            assertThat(Files.size(deaths)).isEqualTo(3);
            assertThat(diptych.awaitEnd(other).path("state").asText()).isEqualTo("succeeded");
        }
    }

    @Test
    void a_node_that_crashes_in_native_code_fails_alone_and_leaves_its_report_in_the_data_folder() throws IOException {
        Path deaths = data.resolve("deaths");
        try (TestServer diptych = TestServer.supervising(data)) {
            String other = diptych.submitNode("test/wait", "\"text\":{\"value\":\"mine\"},\"steps\":{\"value\":100}");
            String crashing = diptych.submitNode("test/crash", "\"file\":{\"value\":\"" + deaths + "\"}");
            JsonNode failed = diptych.awaitEnd(crashing);
            assertThat(failed.path("state").asText()).isEqualTo("failed");
            assertThat(failed.path("problems").path(0).path("code").asText()).isEqualTo("engine/node-killed-worker");
            assertThat(Files.size(deaths)).isEqualTo(3);
            JsonNode went = diptych.awaitEnd(other);
            assertThat(went.path("state").asText()).isEqualTo("succeeded");
            assertThat(went.path("outputs").path("text").path("value").asText()).isEqualTo("mine");
            try (Stream<Path> files = Files.list(data)) {
                assertThat(files.filter(file -> file.getFileName().toString().startsWith("worker-crash-"))).hasSize(3);
            }
        }
    }

    @Test
    void a_node_that_allocates_without_end_costs_its_worker_and_not_the_server() {
        try (TestServer diptych = TestServer.supervising(data)) {
            String id = diptych.submitNode("test/allocate", "");
            assertThat(diptych.awaitEnd(id).path("state").asText()).isEqualTo("failed");
            String next = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            assertThat(diptych.awaitEnd(next).path("state").asText()).isEqualTo("succeeded");
        }
    }

    @Test
    void a_result_that_is_too_large_to_be_told_fails_its_job_with_the_reason() {
        try (TestServer diptych = TestServer.supervising(data)) {
            JsonNode job = diptych.awaitEnd(diptych.submitNode("test/long", "\"millions\":{\"value\":70}"));
            assertThat(job.path("state").asText()).isEqualTo("failed");
            assertThat(job.path("problems").path(0).path("code").asText()).isEqualTo("server/result-too-large");
            String next = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            assertThat(diptych.awaitEnd(next).path("state").asText()).isEqualTo("succeeded");
        }
    }

    @Test
    void a_killed_worker_is_replaced_and_its_job_goes_on_from_what_was_finished() throws Exception {
        Path calls = data.resolve("calls");
        try (TestServer diptych = TestServer.supervising(data)) {
            String id =
                    diptych.submit(
                            """
                            {"diptych":1,"name":"two","nodes":{
                              "first":{"type":"test/count","version":1,"in":{"file":{"value":"%s"},"text":{"value":"a"}}},
                              "second":{"type":"test/wait","version":1,"in":{"text":{"node":"first","out":"text"},"steps":{"value":150}}}},
                             "outputs":{"text":{"node":"second","out":"text"}}}\
                            """
                                    .formatted(calls));
            awaitNode(diptych, id, "first");
            ProcessHandle process = diptych.server.workerProcess();
            assertThat(process).isNotNull();
            process.destroyForcibly();
            JsonNode job = diptych.awaitEnd(id);
            assertThat(job.path("state").asText()).isEqualTo("succeeded");
            assertThat(job.path("outputs").path("text").path("value").asText()).isEqualTo("a");
            assertThat(Files.readString(calls)).isEqualTo("a\n");
        }
    }

    @Test
    void a_node_that_ignores_its_cancellation_costs_its_worker_and_the_next_job_runs() {
        try (TestServer diptych = TestServer.supervising(data)) {
            String stubborn = diptych.submitNode("test/stubborn", "\"seconds\":{\"value\":600}");
            awaitState(diptych, stubborn, "running");
            diptych.post("/api/v1/jobs/" + stubborn + "/cancel", "").expect(200);
            assertThat(diptych.awaitEnd(stubborn).path("state").asText()).isEqualTo("cancelled");
            String next = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            assertThat(diptych.awaitEnd(next).path("state").asText()).isEqualTo("succeeded");
        }
    }

    private static void awaitNode(TestServer diptych, String job, String node) {
        await(diptych, job, json -> json.path("nodes").findValuesAsText("node").contains(node));
    }

    private static void awaitState(TestServer diptych, String job, String state) {
        await(diptych, job, json -> json.path("state").asText().equals(state));
    }

    private static void await(TestServer diptych, String job, java.util.function.Predicate<JsonNode> condition) {
        long patience = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        while (!condition.test(diptych.get("/api/v1/jobs/" + job).json())) {
            assertThat(System.nanoTime()).as("patience with job %s", job).isLessThan(patience);
            TestServer.pause();
        }
    }
}
