// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.StrictJson;

import java.util.List;

/// What a client says on the WebSocket of events: one JSON object a message.
sealed interface ClientMessage {
    int MAX_BYTES = 64 << 10;

    StrictJson JSON = new StrictJson(MAX_BYTES);

    /// From a client that could not set a header, such as a page in a browser.
    record LogIn(String token) implements ClientMessage {}

    /// @param since the last stored event that the client has seen; 0 for all
    record Subscribe(String job, long since) implements ClientMessage {}

    record Unsubscribe(String job) implements ClientMessage {}

    /// @throws DocumentException if it is no message
    static ClientMessage read(String text) {
        JsonNode message = JSON.read(text);
        JsonNode since = message.path("since");
        boolean isOne = message.isObject() && message.size() == 1;
        if (isOne && message.path("token").isTextual()) {
            return new LogIn(message.path("token").textValue());
        }
        if (isOne && message.path("unsubscribe").isTextual()) {
            return new Unsubscribe(message.path("unsubscribe").textValue());
        }
        boolean isSubscription = isOne || message.size() == 2 && message.has("since");
        boolean isNumber = since.canConvertToLong() && since.isIntegralNumber() && since.longValue() >= 0;
        if (isSubscription && message.path("subscribe").isTextual() && (isOne || isNumber)) {
            return new Subscribe(message.path("subscribe").textValue(), since.asLong(0));
        }
        throw new DocumentException(
                List.of(
                        new Problem(
                                "server/bad-message",
                                null,
                                null,
                                null,
                                "This is no message.",
                                "Send {\"subscribe\": job, \"since\": n}, {\"unsubscribe\": job} or {\"token\": …}.")));
    }
}
