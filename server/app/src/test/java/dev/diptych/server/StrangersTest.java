// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Connections of which nobody knows whose they are, to a server with a login: they can take little of it.
@Timeout(120)
class StrangersTest {
    @TempDir private static Path data;

    private static TestServer diptych;
    private static String token;

    @BeforeAll
    static void open() {
        diptych = TestServer.withoutWorker(data, ServerSettings.usual(0));
        token =
                diptych.post("/api/v1/tokens", "{\"owner\":\"farm\",\"scopes\":[\"worker\"]}")
                        .expect(201)
                        .json()
                        .path("token")
                        .asText();
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/worker", "/api/v1/events"})
    void a_message_that_grows_beyond_64_kilobytes_ends_the_connection_before_it_is_whole(String path)
            throws IOException {
        try (RawWebSocket socket = new RawWebSocket(diptych, path)) {
            socket.send(RawWebSocket.TEXT, false, new byte[40_000]);
            socket.send(RawWebSocket.CONTINUATION, false, new byte[40_000]);
            assertThat(socket.next(RawWebSocket.CLOSE).status()).isEqualTo(1009);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/worker", "/api/v1/events"})
    void a_frame_of_more_than_64_kilobytes_ends_the_connection_before_its_content_is_taken_in(String path)
            throws IOException {
        try (RawWebSocket socket = new RawWebSocket(diptych, path)) {
            socket.announce(RawWebSocket.TEXT, true, 100_000);
            assertThat(socket.next(RawWebSocket.CLOSE).status()).isEqualTo(1009);
        }
    }

    @Test
    void a_worker_may_send_large_messages_once_its_secret_is_accepted() throws IOException {
        try (RawWebSocket worker = new RawWebSocket(diptych, "/api/v1/worker")) {
            worker.send(
                    """
                    {"type":"Hello","worker":"large","secret":"%s","pluginDigests":[],"slots":1,"holding":[],"devices":[]}\
                    """
                            .formatted(token));
            worker.send(RawWebSocket.TEXT, false, "{\"type\":\"NodeStarted\",".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 10; i++) {
                worker.send(RawWebSocket.CONTINUATION, false, " ".repeat(50_000).getBytes(StandardCharsets.US_ASCII));
            }
            worker.send(
                    RawWebSocket.CONTINUATION,
                    true,
                    "\"holding\":{\"job\":\"none\",\"epoch\":1},\"node\":\"n\"}".getBytes(StandardCharsets.US_ASCII));
            RawWebSocket.Frame frame = worker.next();
            while (!frame.text().contains("Stale")) {
                assertThat(frame.kind()).as(frame.text()).isEqualTo(RawWebSocket.TEXT);
                frame = worker.next();
            }
        }
    }

    @Test
    void a_crowd_that_does_not_say_who_it_is_loses_its_oldest_and_keeps_nobody_out() throws IOException {
        List<RawWebSocket> crowd = new ArrayList<>();
        try (RawWebSocket known = new RawWebSocket(diptych, "/api/v1/events", "Authorization: Bearer " + token)) {
            for (int i = 0; i < 300; i++) {
                crowd.add(new RawWebSocket(diptych, i % 2 == 0 ? "/api/v1/events" : "/api/v1/worker"));
            }
            assertThat(crowd.get(0).next().status()).isEqualTo(1013);
            assertThat(crowd.get(1).next().status()).isEqualTo(1013);
            known.send("{\"subscribe\":\"no-such-job\"}");
            assertThat(known.next().text()).contains("server/no-such-job");
            try (RawWebSocket late = new RawWebSocket(diptych, "/api/v1/events")) {
                late.send("{\"token\":\"" + token + "\"}");
                late.send("{\"subscribe\":\"no-such-job\"}");
                assertThat(late.next().text()).contains("server/no-such-job");
            }
        } finally {
            for (RawWebSocket socket : crowd) {
                socket.close();
            }
        }
    }
}
