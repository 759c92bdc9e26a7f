// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.engine.value.Digests;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/// Assets of a server elsewhere: what is not in this machine's folder is fetched by its hash, and outputs are sent to the
/// server before they are named to it.
public final class RemoteAssets implements WorkerAssets {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final SharedAssets local;
    private final URI assets;
    private final String token;
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /// @param server for example `https://diptych.example/`
    public RemoteAssets(SharedAssets local, URI server, String token) {
        this.local = local;
        this.assets = server.resolve("/api/v1/assets/");
        this.token = token;
    }

    @Override
    public Optional<byte[]> read(String reference) throws IOException {
        Optional<byte[]> here = local.read(reference);
        if (here.isPresent() || !Digests.isDigest(reference)) {
            return here;
        }
        HttpResponse<byte[]> answer = send(request(reference).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        if (answer.statusCode() != 200) {
            throw new IOException("the server answered " + answer.statusCode());
        }
        if (!Digests.of(answer.body()).equals(reference)) {
            throw new IOException("the server sent other content than " + reference);
        }
        local.write(answer.body());
        return Optional.of(answer.body());
    }

    @Override
    public String write(byte[] content) throws IOException {
        String digest = local.write(content);
        HttpResponse<Void> known =
                send(
                        request(digest).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
                        HttpResponse.BodyHandlers.discarding());
        if (known.statusCode() != 200) {
            HttpResponse<String> answer =
                    send(
                            request(digest).PUT(HttpRequest.BodyPublishers.ofByteArray(content)).build(),
                            HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IOException("the server answered " + answer.statusCode() + ": " + answer.body());
            }
        }
        return digest;
    }

    private HttpRequest.Builder request(String digest) {
        return HttpRequest.newBuilder(assets.resolve(digest))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token);
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) throws IOException {
        try {
            return client.send(request, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
