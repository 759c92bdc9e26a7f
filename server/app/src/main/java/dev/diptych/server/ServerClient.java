// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.diptych.server.config.Places;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.store.DataFolder;
import dev.diptych.server.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/// What commands about state ask: the running server of a data folder, or, with none running, one in this process that has the
/// folder to itself, starts no worker, and ends with the command. One way in, so that a command does the same either way.
final class ServerClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final HttpClient client;
    private final String address;
    private final String secret;
    private final @Nullable DiptychServer own;

    /// @param certificate the one of the running server, or null for plain HTTP
    private ServerClient(String address, String secret, @Nullable String certificate, @Nullable DiptychServer own)
            throws IOException {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
        if (certificate != null) {
            builder.sslContext(PinnedCertificate.context(certificate));
        }
        this.client = builder.build();
        this.address = address;
        this.secret = secret;
        this.own = own;
    }

    /// @throws IOException if neither works, with what to do
    static ServerClient of(Places places) throws IOException {
        try {
            DiptychServer server = DiptychServer.open(places, ServerSettings.usual(0).withoutOwnWorker());
            return new ServerClient(server.address(), server.localSecret(), null, server);
        } catch (StoreException locked) {
            Path file = places.data().resolve(DataFolder.SERVER_FILE);
            try {
                JsonNode running = JSON.readTree(Files.readAllBytes(file));
                return new ServerClient(
                        running.path("address").asText(),
                        running.path("secret").asText(),
                        running.path("certificate").textValue(),
                        null);
            } catch (NoSuchFileException e) {
                throw new IOException(locked.getMessage(), locked);
            }
        }
    }

    /// @param path after `/api/v1`
    /// @return the answer's JSON; a missing node if it has none
    /// @throws IOException if the server refuses, with its words, or goes away
    JsonNode call(String method, String path, @Nullable Object body) throws IOException {
        HttpRequest.BodyPublisher publisher =
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address + "/api/v1" + path))
                        .timeout(PATIENCE)
                        .header("Authorization", "Bearer " + secret)
                        .header("Content-Type", "application/json")
                        .method(method, publisher)
                        .build();
        HttpResponse<byte[]> answer = send(request);
        JsonNode json = answer.body().length == 0 ? MissingNode.getInstance() : JSON.readTree(answer.body());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(json.path("detail").asText("The server answered " + answer.statusCode() + "."));
        }
        return json;
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (HttpTimeoutException e) {
            throw new IOException(
                    "The server at " + address + " has not answered for " + PATIENCE.toMinutes() + " minutes.", e);
        } catch (ConnectException e) {
            throw new IOException("The server at " + address + " cannot be reached. Start it, and ask again.", e);
        } catch (IOException e) {
            throw new IOException(
                    "The server at "
                            + address
                            + " ended before it answered. What was asked for may be undone, or half done: start the server, and look.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// As a part of a path or a query.
    static String quoted(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// Where a running server is reached; empty if this process has the folder to itself.
    String runningAt() {
        return own == null ? address : "";
    }

    @Override
    public void close() {
        client.close();
        if (own != null) {
            own.close();
        }
    }
}
