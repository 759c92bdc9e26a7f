// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.StrictJson;
import dev.diptych.server.security.Principal;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A request as handlers see it: read whole, safe to use on any thread.
///
/// @param path   values of the path's parameters
/// @param body   empty if there is none
/// @param reader of a body that is JSON
record Request(
        Map<String, String> path,
        MultiMap query,
        MultiMap headers,
        Buffer body,
        Principal principal,
        StrictJson reader) {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m)?");
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    String parameter(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("The contract's path has no parameter " + name);
        }
        return value;
    }

    @Nullable String query(String name) {
        return query.get(name);
    }

    /// @throws dev.diptych.engine.document.DocumentException if it is no JSON
    JsonNode json() {
        return reader.read(body.getBytes());
    }

    /// The body, an object with no other fields than these.
    ///
    /// @throws dev.diptych.engine.document.DocumentException if it is no JSON
    /// @throws HttpProblem                                   naming what is allowed
    JsonNode object(String... fields) {
        JsonNode object = json();
        List<String> allowed = List.of(fields);
        if (!object.isObject()) {
            throw HttpProblem.badRequest("A JSON object is needed, with " + String.join(" and ", allowed) + ".");
        }
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!allowed.contains(field.getKey())) {
                throw HttpProblem.badRequest(
                        "There is no field \""
                                + shown(field.getKey())
                                + "\"; allowed: "
                                + String.join(", ", allowed)
                                + ".");
            }
        }
        return object;
    }

    int number(String name, int least, int most, int otherwise) {
        String text = query.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw HttpProblem.badRequest(
                name + "=" + shown(text) + ": a whole number from " + least + " to " + most + " is needed.");
    }

    /// `500ms`, `30s`, `2m`, or seconds; zero when absent.
    Duration duration(String name) {
        String text = query.get(name);
        if (text == null) {
            return Duration.ZERO;
        }
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw HttpProblem.badRequest(name + "=" + shown(text) + ": write 500ms, 30s or 2m.");
        }
        long amount = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "s" : matcher.group(2);
        Duration duration =
                switch (unit) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    default -> Duration.ofSeconds(amount);
                };
        return duration.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : duration;
    }

    static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
