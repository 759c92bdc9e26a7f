// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.value.PngWriter;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/// Bad input gets a clear error, and the server goes on as if it had not come.
class HostileInputTest {
    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        diptych = TestServer.withWorker(data);
    }

    @AfterAll
    static void the_server_still_works() {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
        assertThat(diptych.awaitEnd(id).path("state").asText()).isEqualTo("succeeded");
        diptych.close();
    }

    /// Body, status, and a part of the problem that its reader needs.
    static Stream<List<Object>> bodies() {
        return Stream.of(
                List.of("{\"workflow\":", 400, "ends"),
                List.of("", 400, ""),
                List.of("[]", 400, "object"),
                List.of("{\"workflow\":\"x\",\"workflow\":\"y\"}", 400, "workflow"),
                List.of("{\"workflow\":\"x\",\"speed\":1}", 400, "speed"),
                List.of("{\"workflow\":7}", 400, "document"),
                List.of("{\"workflow\":\"nothing-here\"}", 404, "nothing-here"),
                List.of("{\"workflow\":\"../../etc/passwd\"}", 404, "passwd"),
                List.of("{\"workflow\":\"contact-sheet\",\"inputs\":[1]}", 400, "inputs"),
                List.of("{\"workflow\":\"contact-sheet\",\"inputs\":{\"nope\":1}}", 422, "nope"),
                List.of("{\"workflow\":\"contact-sheet\",\"outputs\":[\"nope\"]}", 422, "nope"),
                List.of("{\"workflow\":\"contact-sheet\",\"priority\":1e9}", 400, "-100 to 100"),
                List.of("{\"workflow\":\"contact-sheet\",\"options\":{\"fast\":true}}", 400, "fast"),
                List.of("{\"workflow\":\"watermark-batch\",\"inputs\":{\"opacity\":NaN}}", 422, "finite"),
                List.of("{\"workflow\":\"watermark-batch\",\"inputs\":{\"opacity\":7}}", 422, "7"),
                List.of("{\"workflow\":\"watermark-batch\",\"inputs\":{\"opacity\":\"much\"}}", 422, "opacity"),
                List.of("{\"workflow\":\"contact-sheet\",\"inputs\":{\"title\":[\"\\ud83d\"]}}", 400, "inputs/title/0"),
                List.of("{\"workflow\":\"contact-sheet\",\"inputs\":{\"n\":9007199254740993}}", 422, "2^53"),
                List.of("{\"workflow\":" + nested(10_000) + "}", 400, "deep"),
                List.of(document("\"a\":{\"type\":\"no/such\",\"version\":1,\"in\":{}}", "a"), 422, "no/such"),
                List.of(
                        document(
                                "\"a\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"node\":\"zz\",\"out\":\"image\"}}}",
                                "a"),
                        422,
                        "zz"),
                List.of(
                        document(
                                "\"a\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"node\":\"b\",\"out\":\"image\"}}},"
                                        + "\"b\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"node\":\"a\",\"out\":\"image\"}}}",
                                "a"),
                        422,
                        "a"),
                List.of(
                        document(
                                "\"a\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"value\":\"asset:"
                                        + "0".repeat(64)
                                        + "\"}}}",
                                "a"),
                        422,
                        "no asset"),
                List.of(
                        document(
                                "\"a\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"value\":\"asset:../../secret\"}}}",
                                "a"),
                        422,
                        "asset"),
                List.of("{\"workflow\":\"contact-sheet\",\"webhook\":\"http://127.0.0.1:9/\"}", 422, "private"),
                List.of("{\"workflow\":\"contact-sheet\",\"webhook\":\"http://8.8.8.8:99999/\"}", 422, "port 99999"),
                List.of("{\"workflow\":\"contact-sheet\",\"webhook\":\"file:///etc/passwd\"}", 422, "webhook"));
    }

    @Test
    void an_empty_idempotency_key_is_refused_and_makes_no_job() {
        JsonNode refused =
                diptych.post("/api/v1/jobs", "{\"workflow\":\"contact-sheet\"}", "Idempotency-Key", "")
                        .expect(400)
                        .json();
        assertThat(refused.path("detail").asText()).contains("1 to 200 characters");
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    private static String document(String nodes, String output) {
        return "{\"workflow\":{\"diptych\":1,\"name\":\"bad\",\"nodes\":{"
                + nodes
                + "},\"outputs\":{\"o\":{\"node\":\""
                + output
                + "\",\"out\":\"image\"}}}}";
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void a_bad_submission_is_refused_with_a_reason(List<Object> body) {
        TestServer.Reply reply = diptych.post("/api/v1/jobs", (String) body.get(0)).expect((int) body.get(1));
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(reply.json().toString()).contains((String) body.get(2));
    }

    @Test
    void all_problems_of_a_document_are_told_at_once() {
        JsonNode problem =
                diptych.post(
                                "/api/v1/jobs",
                                document(
                                        "\"a\":{\"type\":\"image/filled\",\"version\":1,\"in\":{\"width\":{\"value\":0},\"height\":{\"value\":\"x\"},\"colour\":{\"value\":1}}}",
                                        "a"))
                        .expect(422)
                        .json();
        assertThat(problem.path("problems").findValuesAsText("port")).contains("width", "height", "colour");
    }

    @Test
    void problems_of_inputs_graph_and_assets_are_told_together() {
        String missing = "0".repeat(64);
        String problems =
                diptych.post(
                                "/api/v1/jobs",
                                """
                                {"inputs":{"nope":1,"size":"wide"},
                                 "workflow":{"diptych":1,"name":"bad","inputs":{"size":{"type":"integer"}},"nodes":{
                                  "needed":{"type":"image/filled","version":1,"in":{"width":{"input":"size"},"height":{"value":0}}},
                                  "asset":{"type":"image/flip","version":1,"in":{"image":{"value":"asset:%s"}}},
                                  "other":{"type":"no/such","version":1,"in":{}}},
                                 "outputs":{"o":{"node":"needed","out":"image"}}}}\
                                """
                                        .formatted(missing))
                        .expect(422)
                        .json()
                        .path("problems")
                        .toString();
        assertThat(problems).contains("nope", "\\\"wide\\\"", "\"height\"", missing, "no/such");
    }

    /// With as many nodes, each of this type.
    private static String document(int nodes, String type) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            all.add("\"n%d\":{\"type\":\"%s\",\"version\":1}".formatted(i, type));
        }
        return "{\"diptych\":1,\"name\":\"many\",\"nodes\":{" + String.join(",", all) + "},\"outputs\":{}}";
    }

    @Test
    void a_document_of_many_nodes_that_are_not_installed_is_kept() {
        byte[] document = document(150, "acme/none").getBytes(StandardCharsets.UTF_8);
        diptych.call("PUT", "/api/v1/workflows/many", document).expect(200);
    }

    @Test
    void the_problems_that_are_not_told_are_counted_alike_by_all_who_check_a_document() {
        String document =
                document(500, "test/count")
                        .replace("\"outputs\":{}", "\"outputs\":{\"o\":{\"node\":\"n3\",\"out\":\"text\"}}");
        JsonNode validated = diptych.post("/api/v1/workflows/validate", document).expect(200).json();
        JsonNode submitted = diptych.post("/api/v1/jobs", "{\"workflow\":" + document + "}").expect(422).json();
        JsonNode saved =
                diptych.call("PUT", "/api/v1/workflows/many", document.getBytes(StandardCharsets.UTF_8))
                        .expect(422)
                        .json();
        for (JsonNode answer : List.of(validated, submitted, saved)) {
            assertThat(answer.path("problems")).hasSize(101);
            assertThat(answer.at("/problems/100/message").asText()).contains("400 more problems");
        }
        assertThat(submitted.path("detail").asText()).contains("There are 500 problems");
    }

    @Test
    void a_job_that_is_too_large_with_what_it_nests_is_refused_by_its_size() {
        String quotes = "\\\"".repeat(7_400_000); // each is four bytes where a worker is told of the job
        StringBuilder nodes = new StringBuilder();
        for (String name : List.of("large-1", "large-2")) {
            String document =
                    TestServer.document("test/wait", "")
                            .replace(
                                    "\"name\":\"one\"", "\"name\":\"" + name + "\",\"description\":\"" + quotes + "\"");
            String revision =
                    diptych.call("PUT", "/api/v1/workflows/" + name, document.getBytes(StandardCharsets.UTF_8))
                            .expect(200)
                            .json()
                            .path("revision")
                            .asText();
            nodes.append(",\"").append(name).append("\":{\"type\":\"workflow:").append(name).append('@');
            nodes.append(revision).append("\"}");
        }
        JsonNode refused =
                diptych.post(
                                "/api/v1/jobs",
                                """
                                {"workflow":{"diptych":1,"name":"x","nodes":{%s},
                                 "outputs":{"a":{"node":"large-1","out":"text"},"b":{"node":"large-2","out":"text"}}}}\
                                """
                                        .formatted(nodes.substring(1)))
                        .expect(413)
                        .json();
        assertThat(refused.path("code").asText()).isEqualTo("server/job-too-large");
        assertThat(refused.path("detail").asText()).contains("takes 592", "at most 58720256");
    }

    @Test
    void twenty_megabytes_of_json_are_refused() {
        byte[] large = new byte[20 << 20];
        Arrays.fill(large, (byte) ' ');
        int status = 0;
        try {
            status = diptych.call("POST", "/api/v1/jobs", large).status();
        } catch (java.io.UncheckedIOException e) {
            return; // the server may end the connection before everything was sent
        }
        assertThat(status).isEqualTo(413);
    }

    /// Bytes of a picture, and what is said about it; empty if it must work.
    static Stream<List<Object>> pictures() throws IOException {
        byte[] png = PngWriter.write(Image.filled(64, 64, new Pixel(0.5, 0.25, 0.75, 1)));
        return Stream.of(
                List.of("whole", png, ""),
                List.of("truncated", Arrays.copyOf(png, png.length / 2), "damaged"),
                List.of("empty", new byte[0], "picture"),
                List.of("noise", "this is a text".getBytes(StandardCharsets.UTF_8), "picture"),
                List.of("enormous", header(60_000, 60_000), "60000 x 60000"),
                List.of("enormous width", header(Integer.MAX_VALUE, 1), "pixels"));
    }

    /// A PNG that is nothing but its header.
    private static byte[] header(int width, int height) {
        ByteBuffer chunk =
                ByteBuffer.allocate(17)
                        .put("IHDR".getBytes(StandardCharsets.US_ASCII))
                        .putInt(width)
                        .putInt(height)
                        .put(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(chunk.array());
        return ByteBuffer.allocate(8 + 4 + 17 + 4)
                .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
                .putInt(13)
                .put(chunk.array())
                .putInt((int) crc.getValue())
                .array();
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void a_bad_picture_fails_its_job_with_a_reason_and_has_no_thumbnail(List<Object> picture) {
        byte[] bytes = (byte[]) picture.get(1);
        String expected = (String) picture.get(2);
        JsonNode asset = diptych.call("POST", "/api/v1/assets", bytes).expect(201).json();
        JsonNode job =
                diptych.post(
                                "/api/v1/jobs?wait=30s",
                                document(
                                        "\"a\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"value\":\""
                                                + asset.path("reference").asText()
                                                + "\"}}}",
                                        "a"))
                        .expect(200)
                        .json();
        int thumbnail = diptych.get("/api/v1/assets/" + asset.path("sha256").asText() + "?thumbnail=32").status();
        if (expected.isEmpty()) {
            assertThat(job.path("state").asText()).isEqualTo("succeeded");
            assertThat(thumbnail).isEqualTo(200);
        } else {
            assertThat(job.path("state").asText()).isEqualTo("failed");
            assertThat(job.path("problems").path(0).path("message").asText()).contains(expected);
            assertThat(thumbnail).isEqualTo(422);
        }
    }

    @ParameterizedTest
    @CsvSource({"test/throw,engine/node-threw", "test/null,engine/node-returned-null"})
    void a_node_that_breaks_its_contract_fails_alone(String type, String code) {
        JsonNode job = diptych.awaitEnd(diptych.submitNode(type, ""));
        assertThat(job.path("state").asText()).isEqualTo("failed");
        assertThat(job.path("problems").path(0).path("node").asText()).isEqualTo("n");
        assertThat(job.path("problems").path(0).path("code").asText()).isEqualTo(code);
    }

    @Test
    void a_strange_host_a_foreign_origin_and_a_proxy_are_refused() throws IOException {
        assertThat(raw("GET /api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 421")
                .contains("evil.example");
        assertThat(raw("GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        for (String header :
                List.of(
                        "X-Forwarded-For",
                        "x-forwarded-prefix",
                        "X-Forwarded-Server",
                        "Forwarded",
                        "Via",
                        "X-Real-IP")) {
            assertThat(raw("GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n" + header + ": for=1.2.3.4\r\n\r\n"))
                    .as(header)
                    .startsWith("HTTP/1.1 401");
        }
        assertThat(
                        raw(
                                "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void what_is_no_http_gets_an_answer_and_nothing_breaks() throws IOException {
        assertThat(raw("HELLO\r\n\r\n")).matches("(?s)HTTP/1.\\d 400.*");
        assertThat(raw("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .matches("(?s)HTTP/1.\\d 414 .*")
                .contains("application/problem+json", "4096 bytes");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
                .matches("(?s)HTTP/1.\\d 431 .*")
                .contains("application/problem+json", "16384 bytes");
        assertThat(raw("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "hexadecimal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/jobs?limit=%zz",
                "GET /api/v1/jobs/j/events?since=%zz",
                "GET /api/v1/assets/0000000000000000000000000000000000000000000000000000000000000000?thumbnail=%zz",
                "PUT /api/v1/models/m/files?path=%"
            })
    void a_query_that_cannot_be_read_is_refused_wherever_it_leads(String line) throws IOException {
        assertThat(raw(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "hexadecimal");
    }

    @Test
    void a_second_host_is_refused_also_behind_a_good_one() throws IOException {
        assertThat(raw("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "one Host");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/events", "/api/v1/worker"})
    void an_address_for_websockets_tells_others_so_in_a_problem_document(String path) throws IOException {
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 426")
                .containsIgnoringCase("upgrade: websocket")
                .contains("application/problem+json", "server/websocket-needed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/events", "/api/v1/worker"})
    void a_websocket_of_another_version_or_without_a_key_is_told_the_version_that_is_spoken(String path)
            throws IOException {
        String request =
                "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
        String key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        for (String rest :
                List.of(
                        key + "Sec-WebSocket-Version: 12\r\n",
                        key + "Sec-WebSocket-Version: 130\r\n",
                        key,
                        "Sec-WebSocket-Version: 13\r\n")) {
            assertThat(raw(request + rest + "\r\n"))
                    .as(rest)
                    .startsWith("HTTP/1.1 426")
                    .containsIgnoringCase("sec-websocket-version: 13\r\n")
                    .contains("application/problem+json", "server/websocket-needed");
        }
        assertThat(raw(request + key + "Sec-WebSocket-Version: 13\r\n\r\n")).startsWith("HTTP/1.1 101");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/jobs", "/api/v1/assets"})
    void a_body_that_is_broken_off_or_no_http_is_the_clients_fault_and_nothing_to_log(String path) throws IOException {
        String chunked = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (HeardLog log = new HeardLog()) {
            assertThat(raw(chunked + "zz\r\n")).matches("(?s)HTTP/1.1 400 .*|");
            try (Socket _ = diptych.connect(chunked + "5\r\nab")) {
                diptych.get("/api/v1/health").expect(200); // by now it has been taken in
            }
            for (int i = 0; i < 20; i++) {
                TestServer.pause();
            }
            assertThat(log.complaints()).isEmpty();
        }
    }

    @Test
    void names_that_leave_their_folder_lead_nowhere() throws IOException {
        for (String path :
                List.of(
                        "/api/v1/assets/../../diptych.db",
                        "/api/v1/assets/%2e%2e%2f%2e%2e%2fdiptych.db",
                        "/docs/..%2f..%2fdiptych.db",
                        "/docs/../server.json",
                        "/api/v1/workflows/..%2f..%2fserver",
                        "/..%2f..%2fetc/passwd")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .startsWith("HTTP/1.1 4")
                    .doesNotContain("root:", "SQLite", "secret\":");
        }
    }

    @Test
    void a_thousand_half_open_connections_keep_nobody_out() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                sockets.add(diptych.connect("POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Le"));
            }
            diptych.get("/api/v1/health").expect(200);
            assertThat(
                            diptych.awaitEnd(diptych.submitNode("test/wait", "\"steps\":{\"value\":1}"))
                                    .path("state")
                                    .asText())
                    .isEqualTo("succeeded");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /// The answer to bytes as they are, until it says no more for a moment.
    private static String raw(String request) throws IOException {
        try (Socket socket = diptych.connect(request)) {
            byte[] answer = new byte[4096];
            int read = socket.getInputStream().read(answer);
            return read < 0 ? "" : new String(answer, 0, read, StandardCharsets.UTF_8);
        }
    }
}
