// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/// The clients of `docs/clients`, as an application's author starts them.
class ClientsIT {
    private static final Path DOCS = Path.of(System.getProperty("diptych.home"), "docs", "clients");
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Three nodes one after the other, and a picture at the end.
    private static final String WORKFLOW =
            """
            {"diptych": 1, "name": "slow", "inputs": {"colour": {"type": "text"}},
             "nodes": {
               "first": {"type": "test/wait", "version": 1, "in": {"text": {"input": "colour"}, "steps": {"value": 20}, "milliseconds": {"value": 20}}},
               "second": {"type": "test/wait", "version": 1, "in": {"text": {"node": "first", "out": "text"}, "steps": {"value": 20}, "milliseconds": {"value": 20}}},
               "picture": {"type": "image/gradient", "version": 1, "in": {"width": {"value": 64}, "height": {"value": 48}, "from": {"node": "second", "out": "text"}}}},
             "outputs": {"text": {"node": "second", "out": "text"}, "picture": {"node": "picture", "out": "image"}}}
            """;

    @TempDir private static Path data;

    private static TestServer diptych;

    @TempDir private Path folder;

    private enum Client {
        JAVA,
        JAVASCRIPT;

        List<String> command() throws Exception {
            if (this == JAVA) {
                Path java = Path.of(System.getProperty("java.home"), "bin", "java");
                return List.of(java.toString(), DOCS.resolve("Follow.java").toString());
            }
            int version = nodeVersion();
            assumeThat(version)
                    .as("the version of Node on this machine, 0 if there is none")
                    .isGreaterThanOrEqualTo(20);
            List<String> command = new ArrayList<>(List.of("node"));
            if (version < 22) {
                command.add("--experimental-websocket");
            }
            command.add(DOCS.resolve("follow.mjs").toString());
            return command;
        }

        private static int nodeVersion() throws Exception {
            try {
                Process node = new ProcessBuilder("node", "--version").start();
                Matcher version =
                        Pattern.compile("v(\\d+)")
                                .matcher(new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                return version.lookingAt() ? Integer.parseInt(version.group(1)) : 0;
            } catch (IOException _) {
                return 0;
            }
        }
    }

    private record Outcome(int exit, String out, String err) {}

    @BeforeAll
    static void open() {
        diptych = TestServer.withWorker(data);
        diptych.call("PUT", "/api/v1/workflows/slow", WORKFLOW.getBytes(StandardCharsets.UTF_8)).expect(200);
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    @ParameterizedTest
    @EnumSource
    void comes_back_after_a_lost_connection_and_hears_each_event_once(Client client) throws Exception {
        try (BreakingProxy proxy = new BreakingProxy(URI.create(diptych.server.address()).getPort(), 2)) {
            Outcome outcome = start(client, "", proxy.address());

            assertThat(outcome.exit()).as(outcome.err()).isZero();
            assertThat(proxy.webSockets()).isEqualTo(2);
            JsonNode job = diptych.get("/api/v1/jobs").expect(200).json().path("jobs").get(0);
            long last = diptych.get("/api/v1/jobs/" + job.path("id").asText()).json().path("sequence").asLong();
            assertThat(numbers(outcome)).isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
            String asset = job.path("outputs").path("picture").path("value").asText().replace("asset:", "");
            assertThat(folder.resolve("picture.png"))
                    .hasBinaryContent(diptych.get("/api/v1/assets/" + asset).response().body());
        }
    }

    @Test
    void they_log_in_with_a_token(@TempDir Path ofItsOwn) throws Exception {
        try (TestServer guarded = TestServer.withWorker(ofItsOwn)) {
            String token =
                    guarded.post("/api/v1/tokens", "{\"owner\":\"ann\",\"scopes\":[\"run\"]}")
                            .expect(201)
                            .json()
                            .path("token")
                            .asText();
            guarded.call(
                            "PUT",
                            "/api/v1/workflows/slow",
                            WORKFLOW.getBytes(StandardCharsets.UTF_8),
                            "Authorization",
                            "Bearer " + token)
                    .expect(200);
            assertThat(start(Client.JAVA, "", guarded.server.address()).exit()).isEqualTo(1);
            for (Client client : Client.values()) {
                Outcome outcome = start(client, token, guarded.server.address());

                assertThat(outcome.exit()).as(outcome.err()).isZero();
                assertThat(folder.resolve("picture.png")).isNotEmptyFile();
                Files.delete(folder.resolve("picture.png"));
            }
        }
    }

    @Test
    void the_walk_with_curl_leads_to_a_picture() throws Exception {
        assumeThat(Path.of("/usr/bin/curl")).exists();
        StringBuilder script = new StringBuilder("set -eu\n");
        Matcher block =
                Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(DOCS.resolve("README.md")));
        while (block.find()) {
            script.append(block.group(1));
        }
        Files.writeString(folder.resolve("photo.jpg"), "any bytes are an asset");
        int before = diptych.get("/api/v1/jobs").json().path("jobs").size();

        Outcome outcome =
                run(
                        List.of(
                                "sh",
                                "-c",
                                script.toString().replace("http://127.0.0.1:8410", diptych.server.address())),
                        "");

        assertThat(outcome.exit()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("\"state\":\"succeeded\"");
        assertThat(outcome.out().lines().filter(line -> line.equals("id: 1"))).hasSize(1);
        assertThat(outcome.out().lines().filter(line -> line.equals("id: 3"))).hasSize(2);
        assertThat(diptych.get("/api/v1/jobs").json().path("jobs")).hasSize(before + 1);
        assertThat(Files.readAllBytes(folder.resolve("sheet.png"))).startsWith(0x89, 'P', 'N', 'G');
    }

    /// Of the stored events, in the order in which they were printed.
    private static List<Long> numbers(Outcome outcome) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (String line : outcome.out().lines().toList()) {
            JsonNode event = JSON.readTree(line);
            if (event.has("seq")) {
                numbers.add(event.path("seq").asLong());
            }
        }
        return numbers;
    }

    private Outcome start(Client client, String token, String address) throws Exception {
        List<String> command = new ArrayList<>(client.command());
        command.addAll(List.of(address, "slow", "{\"colour\": \"#20304a\"}"));
        return run(command, token);
    }

    private Outcome run(List<String> command, String token) throws Exception {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().remove("DIPTYCH_TOKEN");
        if (!token.isEmpty()) {
            builder.environment().put("DIPTYCH_TOKEN", token);
        }
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("the client ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
