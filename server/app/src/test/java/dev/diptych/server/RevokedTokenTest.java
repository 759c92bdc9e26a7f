// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

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

/// What a token had open when it was revoked ends with it, and what was open without one ends with the first.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a stream that goes on is read for ever
class RevokedTokenTest {
    @TempDir private static Path data;

    private static TestServer diptych;
    private static String[] admin;

    @BeforeAll
    static void open() {
        diptych = TestServer.withoutWorker(data, ServerSettings.usual(0));
        admin = new String[] {"Authorization", "Bearer " + create("root", "admin").path("token").asText()};
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    private static JsonNode create(String owner, String scope, String... headers) {
        return diptych.post("/api/v1/tokens", "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}", headers)
                .expect(201)
                .json();
    }

    private static void revoke(JsonNode token) {
        diptych.call("DELETE", "/api/v1/tokens/" + token.path("id").asText(), null, admin).expect(204);
    }

    /// A job of the owner; nobody works on it.
    private static String job(JsonNode token) {
        return diptych.post(
                        "/api/v1/jobs",
                        "{\"workflow\":" + TestServer.document("test/wait", "") + "}",
                        "Authorization",
                        "Bearer " + token.path("token").asText())
                .expect(201)
                .json()
                .path("id")
                .asText();
    }

    @Test
    void its_event_sockets_are_closed_and_those_of_others_are_not() throws IOException {
        JsonNode ann = create("ann", "run", admin);
        JsonNode other = create("ann", "run", admin);
        String job = job(ann);
        try (RawWebSocket byHeader =
                        new RawWebSocket(
                                diptych, "/api/v1/events", "Authorization: Bearer " + ann.path("token").asText());
                RawWebSocket byMessage = new RawWebSocket(diptych, "/api/v1/events");
                RawWebSocket unharmed = new RawWebSocket(diptych, "/api/v1/events")) {
            byMessage.send("{\"token\":\"" + ann.path("token").asText() + "\"}");
            byMessage.send("{\"subscribe\":\"" + job + "\"}");
            assertThat(byMessage.next().text()).contains("queued");
            unharmed.send("{\"token\":\"" + other.path("token").asText() + "\"}");
            revoke(ann);
            assertThat(byHeader.next(RawWebSocket.CLOSE).status()).isEqualTo(1008);
            assertThat(byMessage.next(RawWebSocket.CLOSE).status()).isEqualTo(1008);
            unharmed.send("{\"subscribe\":\"" + job + "\"}");
            assertThat(unharmed.next().text()).contains("queued");
        }
    }

    @Test
    void its_streams_of_events_end() throws IOException {
        JsonNode bob = create("bob", "run", admin);
        String job = job(bob);
        String request =
                "GET /api/v1/jobs/%s/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(job, bob.path("token").asText());
        try (Socket socket = diptych.connect(request)) {
            StringBuilder text = new StringBuilder();
            while (!text.toString().contains("queued")) {
                text.append((char) socket.getInputStream().read());
            }
            revoke(bob);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .endsWith("0\r\n\r\n");
        }
    }

    @Test
    void what_was_opened_while_there_was_no_token_ends_with_the_first_one(@TempDir Path folder) throws IOException {
        try (TestServer open = TestServer.withoutWorker(folder, ServerSettings.usual(0))) {
            String job = open.submitNode("test/wait", "");
            String request =
                    "GET /api/v1/jobs/%s/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .formatted(job);
            String local = "Authorization: Bearer " + open.server.localSecret();
            try (RawWebSocket anybody = new RawWebSocket(open, "/api/v1/events");
                    RawWebSocket known = new RawWebSocket(open, "/api/v1/events", local);
                    Socket stream = open.connect(request)) {
                anybody.send("{\"subscribe\":\"" + job + "\"}");
                assertThat(anybody.next().text()).contains("queued");
                StringBuilder text = new StringBuilder();
                while (!text.toString().contains("queued")) {
                    text.append((char) stream.getInputStream().read());
                }

                open.post("/api/v1/tokens", "{\"owner\":\"root\",\"scopes\":[\"admin\"]}").expect(201);

                assertThat(anybody.next(RawWebSocket.CLOSE).status()).isEqualTo(1008);
                assertThat(new String(stream.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .endsWith("0\r\n\r\n");
                known.send("{\"subscribe\":\"" + job + "\"}");
                assertThat(known.next().text()).contains("queued");
            }
        }
    }

    @Test
    void its_worker_is_sent_away() throws IOException {
        JsonNode farm = create("farm", "worker", admin);
        try (RawWebSocket worker = new RawWebSocket(diptych, "/api/v1/worker")) {
            worker.send(
                    """
                    {"type":"Hello","worker":"far","secret":"%s","pluginDigests":[],"slots":1,"holding":[],"devices":[]}\
                    """
                            .formatted(farm.path("token").asText()));
            assertThat(worker.next().text()).contains("Welcome");
            revoke(farm);
            assertThat(new String(worker.next(RawWebSocket.CLOSE).content(), StandardCharsets.UTF_8))
                    .contains("revoked");
            assertThat(diptych.call("GET", "/api/v1/workers", null, admin).json().path("workers")).isEmpty();
        }
    }
}
