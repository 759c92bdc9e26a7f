// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.server.OwnProcess;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
import java.util.Optional;

/// `diptych serve` as a process of its own, as a user starts it.
final class ServerProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String READY = "Diptych is listening on ";
    private static final String FINAL_STATES = "succeeded|failed|cancelled";
    private static final long LOOK_MILLISECONDS = 20;

    private final Process process;
    private final String address;
    private final Thread drain;
    private final Path log;
    private final Thread atExit;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private ServerProcess(Process process, String address, Thread drain, Path log) {
        this.process = process;
        this.address = address;
        this.drain = drain;
        this.log = log;
        this.atExit = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(atExit); // a benchmark that is broken off leaves no server behind
    }

    /// Returns when it listens.
    ///
    /// @param options further ones of `serve`
    static ServerProcess start(Path data, String... options) throws IOException {
        return start(data, List.of(), options);
    }

    /// @param java    options of the Java machine, for the server and its worker
    /// @param options further ones of `serve`
    static ServerProcess start(Path data, List<String> java, String... options) throws IOException {
        Checkout.require();
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--data", data.toString()));
        arguments.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(OwnProcess.command(arguments, java.toArray(String[]::new)));
        builder.redirectError(ProcessBuilder.Redirect.to(Files.createDirectories(data).resolve("server.log").toFile()));
        Process process = builder.start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                Thread drain = Thread.ofVirtual().start(() -> drain(out));
                return new ServerProcess(process, line.substring(READY.length()), drain, data.resolve("server.log"));
            }
        }
        throw new IOException("The server did not start: " + Files.readString(data.resolve("server.log")));
    }

    private static void drain(BufferedReader out) {
        try {
            while (out.readLine() != null) {
                // nothing more is said
            }
        } catch (IOException _) {
            // it ended
        }
    }

    String address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// @throws IOException if it has ended, with what it said last
    void requireAlive() throws IOException {
        if (!isAlive()) {
            List<String> said = Files.readAllLines(log);
            throw new IOException(
                    "The server ended with "
                            + process.exitValue()
                            + ": "
                            + String.join("\n", said.subList(Math.max(0, said.size() - 20), said.size())));
        }
    }

    /// The worker that it supervises now.
    Optional<ProcessHandle> worker() {
        return process.children().filter(ProcessHandle::isAlive).findFirst();
    }

    /// As a power cut would.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// @param path after `/api/v1`
    JsonNode call(String method, String path, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        return JSON.readTree(
                answer(
                        method,
                        path,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body),
                        headers));
    }

    /// Whether a job, as the server tells it, is in a final state.
    static boolean isFinal(JsonNode job) {
        return job.path("state").asText().matches(FINAL_STATES);
    }

    /// @return the job as it is when it has ended, or when patience has
    JsonNode awaitEnd(String job, Duration patience, String... headers) throws IOException, InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        JsonNode found = call("GET", "/jobs/" + job, null, headers);
        while (!isFinal(found) && System.nanoTime() < until) {
            Thread.sleep(LOOK_MILLISECONDS);
            found = call("GET", "/jobs/" + job, null, headers);
        }
        return found;
    }

    /// How often the events of a job say that it ended.
    int ends(String job, String... headers) throws IOException, InterruptedException {
        int ends = 0;
        for (String line : text("/jobs/" + job + "/events", headers).split("\n")) {
            ends += line.contains("\"kind\":\"state\"") && line.matches(".*\"(" + FINAL_STATES + ")\".*") ? 1 : 0;
        }
        return ends;
    }

    /// The answer as text.
    String text(String path, String... headers) throws IOException, InterruptedException {
        return new String(answer("GET", path, HttpRequest.BodyPublishers.noBody(), headers), StandardCharsets.UTF_8);
    }

    /// The answer's status, whatever it is.
    int status(String method, String path, String body, String... headers) throws IOException, InterruptedException {
        return exchange(method, path, HttpRequest.BodyPublishers.ofString(body), headers).statusCode();
    }

    byte[] bytes(String path) throws IOException, InterruptedException {
        return answer("GET", path, HttpRequest.BodyPublishers.noBody());
    }

    /// Makes an asset.
    JsonNode upload(byte[] bytes, String mediaType) throws IOException, InterruptedException {
        return JSON.readTree(
                answer("POST", "/assets", HttpRequest.BodyPublishers.ofByteArray(bytes), "Content-Type", mediaType));
    }

    private byte[] answer(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = exchange(method, path, body, headers);
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(
                    "The server answered "
                            + answer.statusCode()
                            + ": "
                            + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return answer.body();
    }

    private HttpResponse<byte[]> exchange(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + "/api/v1" + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(Duration.ofSeconds(10))) {
                process.destroyForcibly();
            }
            drain.join(Duration.ofSeconds(1));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        client.close();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException _) {
            // the process ends, and the hook with it
        }
    }
}
