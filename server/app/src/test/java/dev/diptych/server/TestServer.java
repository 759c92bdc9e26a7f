// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Places;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.worker.Worker;
import dev.diptych.server.worker.link.InMemoryLink;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// A server on a free port with the checkout's plugins and [TestPlugin], and a client that speaks to it. Its worker is in this
/// process unless a test asks for the supervised one.
public final class TestServer implements AutoCloseable {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Every answer that any test gets is held against the contract.
    static final ContractCheck CONTRACT = new ContractCheck();

    public final DiptychServer server;
    private final @Nullable LocalEngine engine;
    private final @Nullable Worker worker;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(DiptychServer server, @Nullable LocalEngine engine, @Nullable Worker worker) {
        this.server = server;
        this.engine = engine;
        this.worker = worker;
    }

    public static Places places(Path data) {
        return new Places(data, CHECKOUT);
    }

    /// With a worker in this process.
    public static TestServer withWorker(Path data, ServerSettings settings) {
        return open(data, settings.withoutOwnWorker(), true);
    }

    public static TestServer withWorker(Path data) {
        return withWorker(data, ServerSettings.usual(0));
    }

    /// Jobs stay in the queue.
    public static TestServer withoutWorker(Path data, ServerSettings settings) {
        return open(data, settings.withoutOwnWorker(), false);
    }

    /// With a worker process of its own.
    public static TestServer supervising(Path data) {
        return open(data, ServerSettings.usual(0), false);
    }

    private static TestServer open(Path data, ServerSettings settings, boolean hasWorker) {
        try {
            TestPlugin.install(places(data));
            DiptychServer server = DiptychServer.open(places(data), settings);
            if (!hasWorker) {
                return new TestServer(server, null, null);
            }
            LocalEngine engine = LocalEngine.open(places(data));
            return new TestServer(server, engine, connect("in-process", engine, server));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A worker in this process, joined to a server.
    static Worker connect(String name, LocalEngine engine, DiptychServer server) {
        Worker worker =
                new Worker(
                        name,
                        "secret",
                        engine.plugins().reports().stream()
                                .filter(report -> report.state() == PluginReport.State.LOADED)
                                .map(PluginReport::digest)
                                .toList(),
                        4,
                        engine.executor(),
                        engine.jobAssets(),
                        engine::deviceStates);
        InMemoryLink.connect(link -> server.jobs().connect(link, "secret"::equals), worker::connect);
        return worker;
    }

    /// What a server answered.
    public record Reply(int status, JsonNode json, HttpResponse<byte[]> response) {
        public Reply expect(int expected) {
            assertThat(status).as("status of %s", json).isEqualTo(expected);
            return this;
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /// @param path after the address
    public Reply call(String method, String path, byte @Nullable [] body, String... headers) {
        HttpRequest.BodyPublisher publisher =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.address() + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, publisher);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            CONTRACT.check(method, path, response);
            boolean isJson =
                    response.headers().firstValue("Content-Type").filter(type -> type.contains("json")).isPresent();
            return new Reply(
                    response.statusCode(),
                    isJson && response.body().length > 0 ? JSON.readTree(response.body()) : MissingNode.getInstance(),
                    response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// A connection on which these bytes were sent as they are; a read waits at most twenty seconds.
    public Socket connect(String sent) throws IOException {
        Socket socket = new Socket("127.0.0.1", URI.create(server.address()).getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    public Reply get(String path) {
        return call("GET", path, null);
    }

    public Reply post(String path, String json, String... headers) {
        return call("POST", path, json.getBytes(StandardCharsets.UTF_8), headers);
    }

    /// Submits a document of one node, whose text is its output.
    public String submitNode(String type, String in) {
        return submit(document(type, in));
    }

    /// @return the job's id
    public String submit(String document) {
        return post("/api/v1/jobs", "{\"workflow\":" + document + "}").expect(201).json().path("id").asText();
    }

    public static String document(String type, String in) {
        return """
        {"diptych":1,"name":"one","nodes":{"n":{"type":"%s","version":1,"in":{%s}}},"outputs":{"text":{"node":"n","out":"text"}}}\
        """
                .formatted(type, in);
    }

    /// Polls until the job is in a final state; fails after minutes, which a busy machine may need.
    public JsonNode awaitEnd(String id) {
        long patience = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        while (System.nanoTime() < patience) {
            JsonNode job = get("/api/v1/jobs/" + id).expect(200).json();
            if (job.path("state").asText().matches("succeeded|failed|cancelled")) {
                return job;
            }
            pause();
        }
        throw new AssertionError("Job " + id + " did not end: " + get("/api/v1/jobs/" + id).json());
    }

    static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
        server.close();
        if (engine != null) {
            engine.close();
        }
        client.close();
    }
}
