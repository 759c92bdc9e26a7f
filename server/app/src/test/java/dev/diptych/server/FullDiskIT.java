// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A server whose data folder is a disk of 40 MB, which fills. The disk is a file system in memory, mounted in a namespace of the server's own
/// (`unshare`, as anybody may where the kernel allows it): it is there for the server and its worker only, and gone when they end.
@Timeout(240)
class FullDiskIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String READY = "Diptych is listening on ";
    private static final String MOUNT =
            "mount -t tmpfs -o size=40m tmpfs \"$1\" && cp -r \"$2\"/. \"$1\" && shift 2 && exec \"$@\"";

    @TempDir private Path folder;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Process server;
    private String address;
    private Path disk;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(
                mayMount(), "This machine lets nobody mount a file system in a namespace: a full disk is not tested.");
        Path prepared = Files.createDirectories(folder.resolve("prepared"));
        TestPlugin.install(TestServer.places(prepared));
        Path data = Files.createDirectories(folder.resolve("data"));
        List<String> command = new ArrayList<>(List.of("unshare", "-r", "-m", "sh", "-c", MOUNT, "sh"));
        command.addAll(List.of(data.toString(), prepared.toString()));
        command.addAll(OwnProcess.command(List.of("serve", "--port", "0", "--data", data.toString())));
        server = new ProcessBuilder(command).redirectError(folder.resolve("log").toFile()).start();
        disk = Path.of("/proc/" + server.pid() + "/root" + data.toAbsolutePath());
        BufferedReader out = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith(READY)) {
            line = out.readLine();
        }
        assertThat(line).as(Files.readString(folder.resolve("log"))).isNotNull();
        address = line.substring(READY.length());
    }

    private static boolean mayMount() throws InterruptedException {
        try {
            Process probe =
                    new ProcessBuilder("unshare", "-r", "-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.destroy();
            if (!server.waitFor(20, TimeUnit.SECONDS)) {
                server.destroyForcibly().waitFor();
            }
        }
        client.close();
    }

    private HttpResponse<String> call(String method, String path, HttpRequest.BodyPublisher body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(address + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, body)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = call("GET", path, HttpRequest.BodyPublishers.noBody());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> submit(String text) throws Exception {
        String document =
                TestServer.document(
                        "test/wait",
                        "\"text\": {\"value\": \""
                                + text
                                + "\"}, \"steps\": {\"value\": 40}, \"milliseconds\": {\"value\": 100}");
        return call("POST", "/api/v1/jobs", HttpRequest.BodyPublishers.ofString("{\"workflow\":" + document + "}"));
    }

    private void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(disk.resolve("filling"))) {
            for (byte[] block = new byte[4096]; ; ) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    @Test
    void a_full_disk_refuses_what_is_new_and_loses_nothing_that_was_accepted() throws Exception {
        List<String> accepted = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            HttpResponse<String> answer = submit("before " + i);
            assertThat(answer.statusCode()).isEqualTo(201);
            accepted.add(JSON.readTree(answer.body()).path("id").asText());
        }
        while (!get("/api/v1/jobs/" + accepted.getFirst()).path("state").asText().equals("running")) {
            TestServer.pause();
        }

        fill();
        HttpResponse<String> refused = null;
        for (int i = 0; i < 200 && refused == null; i++) {
            HttpResponse<String> answer = submit("while full " + "x".repeat(20_000));
            if (answer.statusCode() == 201) { // the journal had room left of its own
                accepted.add(JSON.readTree(answer.body()).path("id").asText());
            } else {
                refused = answer;
            }
        }
        assertThat(refused).as("a refused submission").isNotNull();
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(JSON.readTree(refused.body()).path("detail").asText())
                .contains("cannot write", "full", "Nothing was changed", "free space");
        HttpResponse<String> health = call("GET", "/api/v1/health", HttpRequest.BodyPublishers.noBody());
        assertThat(health.statusCode()).as(health.body()).isEqualTo(503);
        assertThat(JSON.readTree(health.body()).at("/checks/store").asText()).isEqualTo("down");
        HttpResponse<String> upload =
                call("POST", "/api/v1/assets", HttpRequest.BodyPublishers.ofByteArray(new byte[1 << 20]));
        assertThat(upload.statusCode()).as(upload.body()).isEqualTo(507);
        assertThat(upload.body()).contains("No space left");
        assertThat(get("/api/v1/jobs").path("jobs")).isNotEmpty();

        Thread.sleep(6000); // the running jobs end meanwhile, and their ends cannot be stored
        assertThat(server.isAlive()).isTrue();
        Files.delete(disk.resolve("filling"));

        for (String job : accepted) {
            JsonNode ended = awaitEnd(job);
            assertThat(ended.path("state").asText()).as(ended.toString()).isEqualTo("succeeded");
            assertThat(ended.at("/outputs/text/value").asText()).matches("(before \\d|while full x+)");
        }
        assertThat(submit("after").statusCode()).isEqualTo(201);
        assertThat(get("/api/v1/health").path("status").asText()).isEqualTo("up");
    }

    private JsonNode awaitEnd(String job) throws Exception {
        long patience = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (true) {
            JsonNode state = get("/api/v1/jobs/" + job);
            if (state.path("state").asText().matches("succeeded|failed|cancelled")) {
                return state;
            }
            assertThat(System.nanoTime())
                    .as("job %s still is %s; the server said: %s", job, state, Files.readString(folder.resolve("log")))
                    .isLessThan(patience);
            Thread.sleep(100);
        }
    }
}
