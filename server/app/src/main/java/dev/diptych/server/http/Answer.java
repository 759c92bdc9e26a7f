// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/// What a handler answers.
record Answer(int status, String mediaType, Buffer body, Map<String, String> headers) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Answer json(int status, JsonNode body) {
        return new Answer(status, "application/json", buffer(body), Map.of());
    }

    static Answer ok(JsonNode body) {
        return json(200, body);
    }

    static Answer text(String mediaType, String text) {
        return new Answer(200, mediaType, Buffer.buffer(text.getBytes(StandardCharsets.UTF_8)), Map.of());
    }

    static Answer empty(int status) {
        return new Answer(status, "", Buffer.buffer(), Map.of());
    }

    static Answer problem(HttpProblem problem) {
        return new Answer(problem.status(), "application/problem+json", buffer(problem.document()), Map.of());
    }

    Answer with(String header, String value) {
        return new Answer(status, mediaType, body, Map.of(header, value));
    }

    static Buffer buffer(JsonNode json) {
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
