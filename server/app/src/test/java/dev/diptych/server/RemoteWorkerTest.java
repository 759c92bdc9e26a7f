// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.PngWriter;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// A worker that shares nothing with its server but the network.
@Timeout(240)
class RemoteWorkerTest {
    @TempDir private Path folder;

    private static String token(TestServer diptych, String owner, String scope, String... admin) {
        String body = "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}";
        return diptych.call("POST", "/api/v1/tokens", body.getBytes(StandardCharsets.UTF_8), admin)
                .expect(201)
                .json()
                .path("token")
                .asText();
    }

    private Process worker(TestServer diptych, String token, String name) throws Exception {
        return new ProcessBuilder(
                        OwnProcess.command(
                                List.of(
                                        "worker",
                                        "--server",
                                        diptych.server.address(),
                                        "--token",
                                        token,
                                        "--name",
                                        name,
                                        "--data",
                                        folder.resolve("elsewhere").toString())))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
    }

    @Test
    void it_joins_by_its_token_and_values_travel_by_hash() throws Exception {
        try (TestServer diptych = TestServer.withoutWorker(folder.resolve("data"), ServerSettings.usual(0))) {
            String[] admin = {"Authorization", "Bearer " + token(diptych, "root", "admin")};
            Process worker = worker(diptych, token(diptych, "farm", "worker", admin), "far");
            try {
                byte[] png = PngWriter.write(Image.filled(9, 7, new Pixel(1, 0, 0, 1)));
                String reference =
                        diptych.call("POST", "/api/v1/assets", png, admin)
                                .expect(201)
                                .json()
                                .path("reference")
                                .asText();
                JsonNode job = submit(diptych, reference, admin);
                while (!job.path("state").asText().matches("succeeded|failed|cancelled")) {
                    TestServer.pause();
                    job = diptych.call("GET", "/api/v1/jobs/" + job.path("id").asText(), null, admin).json();
                }
                assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("succeeded");
                String result = job.at("/outputs/image/value").asText();
                byte[] turned =
                        diptych.call("GET", "/api/v1/assets/" + result.substring("asset:".length()), null, admin)
                                .expect(200)
                                .response()
                                .body();
                assertThat(new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS).read(turned, "result"))
                        .hasToString("Image[7 x 9 x 3]");
                JsonNode workers = diptych.call("GET", "/api/v1/workers", null, admin).expect(200).json();
                assertThat(workers.toString()).contains("\"far\"");
            } finally {
                worker.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void a_token_of_another_scope_is_refused_with_the_one_that_is_needed() throws Exception {
        try (TestServer diptych = TestServer.withoutWorker(folder.resolve("data"), ServerSettings.usual(0));
                HttpClient client = HttpClient.newHttpClient()) {
            String[] admin = {"Authorization", "Bearer " + token(diptych, "root", "admin")};
            String hello =
                    """
                    {"type":"Hello","worker":"stranger","secret":"%s","pluginDigests":[],"slots":1,"holding":[],"devices":[]}\
                    """
                            .formatted(token(diptych, "ann", "run", admin));
            CompletableFuture<String> closed = new CompletableFuture<>();
            WebSocket socket =
                    client.newWebSocketBuilder()
                            .buildAsync(
                                    URI.create(diptych.server.address().replace("http:", "ws:") + "/api/v1/worker"),
                                    new WebSocket.Listener() {
                                        @Override
                                        public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
                                            closed.complete(reason);
                                            return CompletableFuture.completedFuture(null);
                                        }
                                    })
                            .get(20, TimeUnit.SECONDS);
            socket.sendText(hello, true);

            assertThat(closed.get(20, TimeUnit.SECONDS)).contains("a worker needs a token of scope worker");
            assertThat(diptych.call("GET", "/api/v1/workers", null, admin).expect(200).json().toString())
                    .doesNotContain("stranger");
        }
    }

    private static JsonNode submit(TestServer diptych, String reference, String... headers) {
        String body =
                """
                {"workflow":{"diptych":1,"name":"turn","nodes":{
                  "turn":{"type":"image/rotate","version":1,"in":{"image":{"value":"%s"},"turn":{"value":"right"}}}},
                 "outputs":{"image":{"node":"turn","out":"image"}}}}\
                """
                        .formatted(reference);
        return diptych.call("POST", "/api/v1/jobs?wait=30s", body.getBytes(StandardCharsets.UTF_8), headers).json();
    }
}
