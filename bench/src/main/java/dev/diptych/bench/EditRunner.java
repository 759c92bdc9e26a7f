// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.value.Image;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.PngWriter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs workflows on a server as an application does: uploads, submits, waits, downloads. Several at a time, so that their forward passes are shared.
final class EditRunner implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOGETHER = 8;
    private static final Duration PATIENCE = Duration.ofHours(1);

    private final ServerProcess server;
    private final ExecutorService clients = Executors.newFixedThreadPool(TOGETHER);

    EditRunner(ServerProcess server) {
        this.server = server;
    }

    /// One run of a workflow.
    ///
    /// @param inputs by name, as the workflow declares them
    record Request(JsonNode workflow, Map<String, ?> inputs) {}

    /// A document of `workflows/`.
    static JsonNode workflow(Path home, String name) throws IOException {
        return JSON.readTree(Files.readAllBytes(home.resolve("workflows").resolve(name + ".json")));
    }

    /// A document.
    static JsonNode document(String text) throws IOException {
        return JSON.readTree(text);
    }

    /// @return how workflows name it
    String upload(Image image) throws IOException, InterruptedException {
        return server.upload(PngWriter.write(image), "image/png").path("reference").asText();
    }

    Image image(JsonNode value) throws IOException, InterruptedException {
        return new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS).read(bytes(value), value.asText());
    }

    /// The file that an output names.
    byte[] bytes(JsonNode value) throws IOException, InterruptedException {
        return server.bytes("/assets/" + value.asText().substring("asset:".length()));
    }

    /// Each run's outputs, by name, in the order of the requests.
    ///
    /// @throws IOException if one does not succeed
    List<JsonNode> run(List<Request> requests) throws IOException, InterruptedException {
        return run(requests, true);
    }

    /// As [#run(List)], with nothing taken from the cache.
    List<JsonNode> runAnew(List<Request> requests) throws IOException, InterruptedException {
        return run(requests, false);
    }

    private List<JsonNode> run(List<Request> requests, boolean usesCache) throws IOException, InterruptedException {
        List<Future<JsonNode>> running = new ArrayList<>();
        for (Request request : requests) {
            running.add(clients.submit(() -> run(request, usesCache)));
        }
        List<JsonNode> outputs = new ArrayList<>();
        for (Future<JsonNode> each : running) {
            try {
                outputs.add(each.get());
            } catch (ExecutionException e) {
                throw new IOException(e.getCause());
            }
        }
        return outputs;
    }

    /// @param usesCache whether results of earlier runs may serve
    /// @return values of the outputs, by name
    JsonNode run(Request request, boolean usesCache) throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode();
        body.set("workflow", request.workflow());
        body.set("inputs", JSON.valueToTree(request.inputs()));
        body.putObject("options").put("cache", usesCache);
        JsonNode job = server.call("POST", "/jobs?wait=50s", body.toString());
        if (!ServerProcess.isFinal(job)) {
            job = server.awaitEnd(job.path("id").asText(), PATIENCE);
        }
        if (!job.path("state").asText().equals("succeeded")) {
            throw new IOException(request.workflow().path("name").asText() + " failed: " + job.path("problems"));
        }
        ObjectNode outputs = JSON.createObjectNode();
        job.path("outputs").properties().forEach(each -> outputs.set(each.getKey(), each.getValue().path("value")));
        return outputs;
    }

    @Override
    public void close() {
        clients.shutdownNow();
    }
}
