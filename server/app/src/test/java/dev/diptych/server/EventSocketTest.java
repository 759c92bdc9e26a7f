// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

import javax.imageio.ImageIO;

/// Following jobs over a WebSocket.
class EventSocketTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        diptych = TestServer.withWorker(data);
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    @Test
    void a_job_sends_at_most_ten_previews_a_second_however_many_of_its_nodes_run() throws Exception {
        try (Client client = new Client()) {
            StringBuilder nodes = new StringBuilder();
            StringBuilder outputs = new StringBuilder();
            for (int i = 0; i < 2; i++) {
                String comma = i == 0 ? "" : ",";
                nodes.append(comma)
                        .append(
                                "\"n%d\":{\"type\":\"test/wait\",\"version\":1,\"in\":{\"steps\":{\"value\":400},\"milliseconds\":{\"value\":5},\"text\":{\"value\":\"p%d\"}}}"
                                        .formatted(i, i));
                outputs.append(comma).append("\"o%d\":{\"node\":\"n%d\",\"out\":\"text\"}".formatted(i, i));
            }
            String job =
                    diptych.submit(
                            "{\"diptych\":1,\"name\":\"two\",\"nodes\":{" + nodes + "},\"outputs\":{" + outputs + "}}");
            client.send("{\"subscribe\":\"" + job + "\"}");
            assertThat(client.frames.poll(20, TimeUnit.SECONDS)).as("a first preview").isNotNull();
            long start = System.nanoTime();
            client.storedUntilEnd();
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(client.frames.size()).isBetween(3, (int) (10 * seconds) + 2);
        }
    }

    /// A client that keeps what it hears.
    private static final class Client implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<JsonNode> texts = new LinkedBlockingQueue<>();
        private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        private final WebSocket socket;
        private volatile int closed = -1;

        private Client() {
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .buildAsync(
                                    URI.create(diptych.server.address().replace("http", "ws") + "/api/v1/events"), this)
                            .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    texts.add(JSON.readTree(text.toString()));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            bytes.writeBytes(part);
            if (last) {
                frames.add(bytes.toByteArray());
                bytes.reset();
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
            closed = status;
            return null;
        }

        private void send(String message) {
            socket.sendText(message, true).join();
        }

        private JsonNode next() {
            try {
                JsonNode next = texts.poll(10, TimeUnit.SECONDS);
                assertThat(next).as("an event").isNotNull();
                return next;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /// All stored events until the job has ended.
        private List<JsonNode> storedUntilEnd() {
            List<JsonNode> stored = new ArrayList<>();
            while (true) {
                JsonNode event = next();
                if (event.has("seq")) {
                    stored.add(event);
                }
                if (event.path("state").asText().matches("succeeded|failed|cancelled")) {
                    return stored;
                }
            }
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    @Test
    void a_follower_hears_numbered_events_progress_and_previews() throws Exception {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":30},\"milliseconds\":{\"value\":20}");
        try (Client client = new Client()) {
            client.send("{\"subscribe\":\"" + id + "\"}");
            byte[] frame = client.frames.poll(10, TimeUnit.SECONDS);
            assertThat(frame).as("a preview").isNotNull();
            int length = ByteBuffer.wrap(frame).getInt();
            JsonNode header = JSON.readTree(new String(frame, 4, length, StandardCharsets.UTF_8));
            assertThat(header.path("job").asText()).isEqualTo(id);
            assertThat(header.path("mediaType").asText()).isEqualTo("image/jpeg");
            assertThat(ImageIO.read(new ByteArrayInputStream(frame, 4 + length, frame.length - 4 - length)).getWidth())
                    .isEqualTo(64);
            List<JsonNode> all = new ArrayList<>();
            do {
                all.add(client.next());
            } while (!all.getLast().path("state").asText().equals("succeeded"));
            assertThat(all)
                    .anyMatch(event ->
                            event.path("kind").asText().equals("progress") && event.path("fraction").asDouble() > 0);
            List<Long> numbers =
                    all.stream().filter(event -> event.has("seq")).map(event -> event.path("seq").asLong()).toList();
            assertThat(numbers).isSorted().doesNotHaveDuplicates().startsWith(1L);
        }
    }

    @Test
    void a_client_that_comes_back_hears_what_it_missed_and_nothing_twice() {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
        diptych.awaitEnd(id);
        List<JsonNode> all;
        try (Client client = new Client()) {
            client.send("{\"subscribe\":\"" + id + "\"}");
            all = client.storedUntilEnd();
        }
        assertThat(all.size()).isGreaterThanOrEqualTo(4);
        try (Client client = new Client()) {
            client.send("{\"subscribe\":\"" + id + "\",\"since\":" + all.get(1).path("seq").asLong() + "}");
            assertThat(client.storedUntilEnd()).isEqualTo(all.subList(2, all.size()));
        }
    }

    /// A job of more events than are ever kept waiting for a client, and its last number.
    private static long longJob(String id) throws Exception {
        BlockingQueue<ToWorker> told = new LinkedBlockingQueue<>();
        WorkerLink<ToWorker> link =
                new WorkerLink<>() {
                    @Override
                    public void send(ToWorker message) {
                        told.add(message);
                    }

                    @Override
                    public void close(String reason) {}
                };
        var server = diptych.server.jobs().connect(link, "secret"::equals);
        List<String> plugins = diptych.server.plugins().stream().map(PluginReport::digest).toList();
        server.received(new ToServer.Hello("busy", "secret", plugins, 1, List.of(), List.of()));
        server.received(new ToServer.Claim(1));
        Holding holding = null;
        while (holding == null) {
            if (told.poll(20, TimeUnit.SECONDS) instanceof ToWorker.Assign assign) {
                holding = assign.holding();
            }
        }
        assertThat(holding.job()).isEqualTo(id);
        for (int i = 0; i < 6000; i++) {
            server.received(new ToServer.NodeStarted(holding, "n" + i));
        }
        server.received(new ToServer.Finished(holding, 1, new Outcome(Outcome.Status.SUCCEEDED, "{}", null)));
        diptych.awaitEnd(id);
        server.closed("done");
        return diptych.server.jobs().lastSequence(id);
    }

    @Test
    void a_job_of_thousands_of_events_is_followed_from_its_beginning_by_socket_and_by_stream(@TempDir Path folder)
            throws Exception {
        TestServer before = diptych;
        try (TestServer idle = TestServer.withoutWorker(folder, ServerSettings.usual(0))) {
            diptych = idle;
            String id = idle.submitNode("test/wait", "");
            List<Long> all = LongStream.rangeClosed(1, longJob(id)).boxed().toList();
            assertThat(all).hasSizeGreaterThan(6000);
            try (Client client = new Client()) {
                client.send("{\"subscribe\":\"" + id + "\"}");
                assertThat(client.storedUntilEnd()).extracting(event -> event.path("seq").asLong()).isEqualTo(all);
            }
            String stream =
                    new String(
                            idle.get("/api/v1/jobs/" + id + "/events").expect(200).response().body(),
                            StandardCharsets.UTF_8);
            assertThat(stream.lines().filter(line -> line.startsWith("id: ")))
                    .containsExactlyElementsOf(all.stream().map(number -> "id: " + number).toList());
        } finally {
            diptych = before;
        }
    }

    @Test
    void an_unknown_number_is_answered_with_a_snapshot() {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
        diptych.awaitEnd(id);
        try (Client client = new Client()) {
            client.send("{\"subscribe\":\"" + id + "\",\"since\":12345}");
            JsonNode snapshot = client.next();
            assertThat(snapshot.path("reset").asBoolean()).isTrue();
            assertThat(snapshot.path("snapshot").path("state").asText()).isEqualTo("succeeded");
        }
    }

    @Test
    void bad_messages_are_answered_and_cost_nothing() {
        try (Client client = new Client()) {
            client.send("{\"subscribe\":\"no-such-job\"}");
            assertThat(client.next().path("code").asText()).isEqualTo("server/no-such-job");
            client.send("no json");
            assertThat(client.next().path("kind").asText()).isEqualTo("error");
            client.send("{}");
            assertThat(client.next().path("code").asText()).isEqualTo("server/bad-message");
            client.send("{\"unsubscribe\":\"nothing\"}");
            String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            client.send("{\"subscribe\":\"" + id + "\"}");
            assertThat(client.storedUntilEnd()).isNotEmpty();
        }
    }

    @Test
    void a_client_that_never_reads_delays_nobody() throws IOException {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":100},\"milliseconds\":{\"value\":10}");
        String request =
                "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        try (Socket deaf = diptych.connect(request);
                Client client = new Client()) {
            deaf.setReceiveBufferSize(1024);
            assertThat(deaf.getInputStream().read()).isEqualTo('H');
            byte[] subscribe = ("{\"subscribe\":\"" + id + "\"}").getBytes(StandardCharsets.US_ASCII);
            deaf.getOutputStream().write(new byte[] {(byte) 0x81, (byte) (0x80 | subscribe.length), 0, 0, 0, 0});
            deaf.getOutputStream().write(subscribe);
            client.send("{\"subscribe\":\"" + id + "\"}");
            assertThat(client.storedUntilEnd().getLast().path("state").asText()).isEqualTo("succeeded");
        }
    }

    @Test
    void a_client_that_asks_without_reading_the_answers_is_not_listened_to_until_it_reads() throws Exception {
        int most = 40_000; // several times what the machine's own buffers hold of questions and answers
        byte[] asked = new byte[4000];
        Arrays.fill(asked, (byte) 'x');
        AtomicInteger sent = new AtomicInteger();
        try (RawWebSocket socket = new RawWebSocket(diptych, "/api/v1/events")) {
            Thread asking =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    while (sent.get() < most) {
                                        socket.send(RawWebSocket.TEXT, true, asked);
                                        sent.incrementAndGet();
                                    }
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            int before = 0;
            int quiet = 0;
            while (quiet < 100 && before < most) {
                TestServer.pause();
                quiet = sent.get() == before ? quiet + 1 : 0;
                before = sent.get();
            }
            assertThat(before).as("it is held back before it has asked everything").isLessThan(most);

            for (int i = 0; i < most; i++) {
                assertThat(socket.next(RawWebSocket.TEXT).text()).contains("\"kind\":\"error\"");
            }
            asking.join();
        }
    }

    @Test
    void with_a_login_a_client_must_say_its_token_first(@TempDir Path folder) throws Exception {
        TestServer before = diptych;
        try (TestServer guarded = TestServer.withWorker(folder)) {
            String token =
                    guarded.post("/api/v1/tokens", "{\"owner\":\"ann\",\"scopes\":[\"run\"]}")
                            .expect(201)
                            .json()
                            .path("token")
                            .asText();
            String id =
                    guarded.call(
                                    "POST",
                                    "/api/v1/jobs",
                                    "{\"workflow\":\"contact-sheet\"}".getBytes(StandardCharsets.UTF_8),
                                    "Authorization",
                                    "Bearer " + token)
                            .expect(201)
                            .json()
                            .path("id")
                            .asText();
            diptych = guarded;
            try (Client stranger = new Client();
                    Client ann = new Client()) {
                stranger.send("{\"subscribe\":\"" + id + "\"}");
                ann.send("{\"token\":\"" + token + "\"}");
                ann.send("{\"subscribe\":\"" + id + "\"}");
                assertThat(ann.storedUntilEnd().getLast().path("state").asText()).isEqualTo("succeeded");
                for (int i = 0; i < 500 && stranger.closed < 0; i++) {
                    TestServer.pause();
                }
                assertThat(stranger.closed).isEqualTo(1008);
                assertThat(stranger.texts).isEmpty();
            }
        } finally {
            diptych = before;
        }
    }
}
