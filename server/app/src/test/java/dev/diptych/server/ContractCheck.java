// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;

import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Holds answers against `openapi.yaml`, and remembers which operations were called.
final class ContractCheck {
    private final Vertx vertx = Vertx.vertx();
    private final OpenAPIContract contract;
    private final ResponseValidator validator;
    private final Set<String> called = ConcurrentHashMap.newKeySet();

    ContractCheck() {
        try (InputStream in = DiptychServer.class.getResourceAsStream("http/openapi.yaml")) {
            String json = new JsonObject(new Yaml().<Map<String, Object>>load(in)).encode();
            // The library knows few media types; the schemas under them are what is checked.
            String known =
                    json.replace("\"application/problem+json\"", "\"application/json\"")
                            .replace("\"*/*\"", "\"application/octet-stream\"")
                            .replace("\"text/event-stream\"", "\"application/octet-stream\"");
            contract = get(OpenAPIContract.from(vertx, new JsonObject(known)));
            validator = ResponseValidator.create(vertx, contract);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Fails if the contract does not allow this answer.
    void check(String method, String pathAndQuery, HttpResponse<byte[]> response) {
        String path = pathAndQuery.replaceFirst("\\?.*", "");
        Operation operation = contract.findOperation(path, HttpMethod.valueOf(method));
        if (operation == null) {
            return;
        }
        called.add(operation.getOperationId());
        String mediaType = response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        if (!mediaType.endsWith("json")) {
            return;
        }
        Map<String, String> headers = new HashMap<>();
        response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
        try {
            get(
                    validator.validate(
                            ValidatableResponse.create(
                                    response.statusCode(), headers, Buffer.buffer(response.body()), "application/json"),
                            operation.getOperationId()));
        } catch (AssertionError e) {
            throw new AssertionError(
                    method
                            + " "
                            + path
                            + " answered "
                            + response.statusCode()
                            + " "
                            + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8)
                            + ", which the contract does not allow: "
                            + e.getCause(),
                    e);
        }
    }

    Set<String> operations() {
        return contract.operations().stream().map(Operation::getOperationId).collect(Collectors.toSet());
    }

    Set<String> called() {
        return Set.copyOf(called);
    }

    private static <T> T get(io.vertx.core.Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
