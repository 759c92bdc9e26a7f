// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// A server with narrow limits on queue, bodies, uploads, nodes and pixels: what is beyond one is refused by its name.
@Timeout(120)
class LimitsTest {
    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        diptych = TestServer.withoutWorker(data, settings(20_000, 2, 5));
    }

    private static ServerSettings settings(long maxBodyBytes, long queue, int maxNodes) {
        ServerSettings usual = ServerSettings.usual(0);
        return new ServerSettings(
                new HttpSettings(
                        "127.0.0.1", 0, maxBodyBytes, 30_000, false, false, HttpSettings.USUAL_IDLE, null, null),
                Set.of(),
                Set.of(),
                queue,
                maxNodes,
                1000,
                usual.cacheBytes(),
                usual.keepJobs(),
                Duration.ofMinutes(10),
                false,
                List.of(),
                false);
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    @Test
    void a_job_beyond_the_queue_is_refused_and_may_come_once_another_has_left() {
        String body = "{\"workflow\":" + TestServer.document("test/wait", "") + "}";
        String first =
                diptych.post("/api/v1/jobs", body, "Idempotency-Key", "k").expect(201).json().path("id").asText();
        diptych.submitNode("test/wait", "");
        assertThat(diptych.post("/api/v1/jobs", body, "Idempotency-Key", "k").expect(200).json().path("id").asText())
                .isEqualTo(first);
        JsonNode refused = diptych.post("/api/v1/jobs", body).expect(429).json();
        assertThat(refused.path("code").asText()).isEqualTo("server/queue-full");
        assertThat(refused.path("detail").asText()).contains("holds 2 jobs", "Try again later");
        diptych.post("/api/v1/jobs/" + first + "/cancel", "").expect(200);
        diptych.post("/api/v1/jobs", body).expect(201);
    }

    /// All that comes over one connection on which a body is sent, and then a request for the server's health.
    private static String answers(String path, int bodyBytes) throws IOException {
        String request =
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(path, bodyBytes, " ".repeat(bodyBytes));
        String next = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        try (Socket socket = diptych.connect(request + next)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void a_body_that_is_too_large_is_refused_and_the_connection_goes_on() throws IOException {
        assertThat(
                        diptych.post("/api/v1/jobs", "[" + " ".repeat(50_000) + "]")
                                .expect(413)
                                .json()
                                .path("detail")
                                .asText())
                .contains("larger than 20000 bytes");
        assertThat(answers("/api/v1/jobs", 50_000)).startsWith("HTTP/1.1 413").contains("HTTP/1.1 200");
    }

    @Test
    void an_upload_that_is_too_large_is_refused_and_the_connection_goes_on() throws IOException {
        TestServer.Reply refused = diptych.call("POST", "/api/v1/assets", new byte[4 << 20]).expect(413);
        assertThat(refused.json().path("code").asText()).isEqualTo("server/asset-too-large");
        for (int i = 0; i < 3; i++) {
            assertThat(answers("/api/v1/assets", 4 << 20)).startsWith("HTTP/1.1 413").contains("HTTP/1.1 200");
        }
    }

    @Test
    void a_workflow_of_too_many_nodes_is_refused() {
        StringBuilder nodes = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            nodes.append(i == 0 ? "" : ",").append("\"n%d\":{\"type\":\"test/wait\",\"version\":1}".formatted(i));
        }
        JsonNode refused =
                diptych.post(
                                "/api/v1/jobs",
                                "{\"workflow\":{\"diptych\":1,\"name\":\"x\",\"nodes\":{"
                                        + nodes
                                        + "},\"outputs\":{\"o\":{\"node\":\"n0\",\"out\":\"text\"}}}}")
                        .expect(422)
                        .json();
        assertThat(refused.path("code").asText()).isEqualTo("engine/graph-too-large");
        assertThat(refused.path("detail").asText()).contains("more than 5 nodes");
    }

    @Test
    void a_job_of_more_nodes_than_usual_runs_where_the_server_takes_it(@TempDir Path folder) {
        StringBuilder nodes =
                new StringBuilder("\"n\":{\"type\":\"test/wait\",\"version\":1,\"in\":{\"steps\":{\"value\":0}}}");
        for (int i = 0; i < 20_000; i++) {
            nodes.append(",\"n").append(i).append("\":{\"type\":\"test/wait\",\"version\":1}");
        }
        try (TestServer wide = TestServer.withWorker(folder, settings(16 << 20, 2, 20_001))) {
            String id =
                    wide.submit(
                            "{\"diptych\":1,\"name\":\"x\",\"nodes\":{"
                                    + nodes
                                    + "},\"outputs\":{\"o\":{\"node\":\"n\",\"out\":\"text\"}}}");
            JsonNode job = wide.awaitEnd(id);
            assertThat(job.path("state").asText()).as(job.path("problems").toString()).isEqualTo("succeeded");
        }
    }

    @Test
    void a_document_larger_than_usual_is_stored_and_read_where_the_server_takes_it(@TempDir Path folder) {
        String document =
                TestServer.document("test/wait", "")
                        .replace(
                                "\"name\":\"one\"",
                                "\"name\":\"one\",\"description\":\"" + "x".repeat(17 << 20) + "\"");
        try (TestServer wide = TestServer.withoutWorker(folder, settings(18 << 20, 2, 5))) {
            wide.call("PUT", "/api/v1/workflows/one", document.getBytes(StandardCharsets.UTF_8)).expect(200);
            wide.post("/api/v1/workflows/one/run", "").expect(201);
        }
    }

    @Test
    void a_thumbnail_of_a_picture_with_too_many_pixels_is_refused() throws Exception {
        java.io.ByteArrayOutputStream png = new java.io.ByteArrayOutputStream();
        javax.imageio.ImageIO.write(
                new java.awt.image.BufferedImage(40, 40, java.awt.image.BufferedImage.TYPE_INT_RGB), "png", png);
        String sha256 =
                diptych.call("POST", "/api/v1/assets", png.toByteArray()).expect(201).json().path("sha256").asText();
        assertThat(diptych.get("/api/v1/assets/" + sha256 + "?thumbnail=16").expect(422).json().path("code").asText())
                .isEqualTo("engine/image-too-large");
    }
}
