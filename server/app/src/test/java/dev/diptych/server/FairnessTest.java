// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Ten people at one server.
class FairnessTest {
    private static final int SLOTS = 4; // of the worker
    private static final int JOBS_OF_EACH = 3;

    @TempDir private Path data;

    @Test
    void nine_users_do_not_wait_behind_the_hundred_jobs_of_a_tenth() {
        try (TestServer diptych = TestServer.withWorker(data)) {
            String admin = token(diptych, "operator", "\"admin\"", "");
            List<String> owners = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                owners.add(token(diptych, "user-" + i, "\"run\",\"read\"", admin));
            }
            List<String> flood = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                flood.add(submit(diptych, owners.getFirst()));
            }
            List<Instant> others = new ArrayList<>();
            List<List<String>> theirs = new ArrayList<>();
            for (String owner : owners.subList(1, 10)) {
                List<String> jobs = new ArrayList<>();
                for (int i = 0; i < JOBS_OF_EACH; i++) {
                    jobs.add(submit(diptych, owner));
                }
                theirs.add(jobs);
            }
            Instant begin = null;
            for (int i = 0; i < theirs.size(); i++) {
                for (String job : theirs.get(i)) {
                    JsonNode ended = awaitEnd(diptych, job, owners.get(i + 1));
                    assertThat(ended.path("state").asText()).isEqualTo("succeeded");
                    others.add(Instant.parse(ended.path("started").asText()));
                    Instant created = Instant.parse(ended.path("created").asText());
                    begin = begin == null || created.isAfter(begin) ? created : begin;
                }
            }
            Instant allSubmitted = begin;
            Instant last = others.stream().max(Comparator.naturalOrder()).orElseThrow();
            long between =
                    flood.stream()
                            .map(job -> diptych.call("GET", "/api/v1/jobs/" + job, null, header(owners.getFirst())))
                            .map(reply -> reply.json().path("started").asText(""))
                            .filter(started -> !started.isEmpty() && !started.equals("null"))
                            .map(Instant::parse)
                            .filter(started -> started.isAfter(allSubmitted) && started.isBefore(last))
                            .count();
            assertThat(between)
                    .as("jobs of the flood that were begun while the others waited")
                    .isLessThanOrEqualTo(JOBS_OF_EACH + SLOTS);
        }
    }

    @Test
    void only_an_administrator_puts_a_job_before_everybodys() {
        try (TestServer diptych = TestServer.withWorker(data)) {
            String admin = token(diptych, "operator", "\"admin\"", "");
            String ann = token(diptych, "ann", "\"run\"", admin);
            String job = "{\"workflow\":" + TestServer.document("test/wait", "") + ",\"priority\":%d}";

            JsonNode refused = diptych.post("/api/v1/jobs", job.formatted(1), header(ann)).expect(403).json();

            assertThat(refused.path("code").asText()).isEqualTo("server/priority-not-allowed");
            diptych.post("/api/v1/jobs", job.formatted(-1), header(ann)).expect(201);
            diptych.post("/api/v1/jobs", job.formatted(1), header(admin)).expect(201);
        }
    }

    private static String[] header(String token) {
        return token.isEmpty() ? new String[0] : new String[] {"Authorization", "Bearer " + token};
    }

    private static String token(TestServer diptych, String owner, String scopes, String admin) {
        return diptych.post(
                        "/api/v1/tokens", "{\"owner\":\"" + owner + "\",\"scopes\":[" + scopes + "]}", header(admin))
                .expect(201)
                .json()
                .path("token")
                .asText();
    }

    private static String submit(TestServer diptych, String token) {
        return diptych.post(
                        "/api/v1/jobs",
                        "{\"options\":{\"cache\":false},\"workflow\":"
                                + TestServer.document("test/wait", "\"steps\":{\"value\":4}")
                                + "}",
                        header(token))
                .expect(201)
                .json()
                .path("id")
                .asText();
    }

    private static JsonNode awaitEnd(TestServer diptych, String job, String token) {
        while (true) {
            JsonNode found = diptych.call("GET", "/api/v1/jobs/" + job, null, header(token)).expect(200).json();
            if (found.path("state").asText().matches("succeeded|failed|cancelled")) {
                return found;
            }
            TestServer.pause();
        }
    }
}
