// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;

/// Connections on which nothing is said for longer than the server waits: whose turn it is decides.
@Timeout(120)
class SilenceTest {
    private static final Duration IDLE = Duration.ofMillis(1500);

    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        ServerSettings usual = ServerSettings.usual(0);
        HttpSettings http = usual.http();
        diptych =
                TestServer.withoutWorker(
                        data,
                        usual.with(
                                new HttpSettings(
                                        http.address(),
                                        0,
                                        http.maxBodyBytes(),
                                        http.maxAssetBytes(),
                                        false,
                                        false,
                                        IDLE,
                                        null,
                                        null)));
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    @Test
    void a_request_that_takes_the_server_longer_is_answered() {
        long began = System.nanoTime();
        String state =
                diptych.post("/api/v1/jobs?wait=4s", "{\"workflow\":" + TestServer.document("test/wait", "") + "}")
                        .expect(200)
                        .json()
                        .path("state")
                        .asText();
        assertThat(state).isEqualTo("queued");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(IDLE.multipliedBy(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Le",
                "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
                "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
            })
    void a_client_that_owes_a_request_or_its_rest_is_cut_off(String sent) throws IOException {
        try (Socket socket = diptych.connect(sent)) {
            assertThat(socket.getInputStream().readAllBytes().length).as("read to its end").isGreaterThanOrEqualTo(0);
        }
    }

    @Test
    void an_event_socket_stays_as_long_as_its_client_answers_pings() throws IOException {
        try (RawWebSocket socket = new RawWebSocket(diptych, "/api/v1/events")) {
            for (int i = 0; i < 8; i++) {
                RawWebSocket.Frame ping = socket.next();
                assertThat(ping.kind()).isEqualTo(RawWebSocket.PING);
                socket.send(RawWebSocket.PONG, true, ping.content());
            }
            socket.send("{\"subscribe\":\"no-such-job\"}");
            assertThat(socket.next(RawWebSocket.TEXT).text()).contains("server/no-such-job");
        }
    }

    @Test
    void an_event_socket_whose_client_answers_no_ping_is_closed() throws IOException {
        try (RawWebSocket socket = new RawWebSocket(diptych, "/api/v1/events")) {
            assertThat(socket.next(RawWebSocket.CLOSE).status()).isEqualTo(1013);
        }
    }
}
