// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

import java.util.Set;

/// Tells browsers that pages of other origins may use the server: the CORS protocol of the Fetch standard. Which requests are refused is for the gate to say;
/// the handler of Vert.x does both, and would refuse the server's own pages.
final class ForeignPages {
    private static final String METHODS = "GET, HEAD, POST, PUT, DELETE";
    private static final String SENT =
            "Authorization, Content-Type, Content-Range, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, Range";
    private static final String READ = "Location, ETag, Content-Range";
    private static final String KNOWN_SECONDS = "600";

    private final Set<String> origins;

    /// @param origins that are allowed
    ForeignPages(Set<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /// Adds the headers that a page of an allowed origin needs.
    ///
    /// @return whether nothing else was asked for: a preflight, which is answered with 204 and comes without token
    boolean admit(HttpServerRequest request) {
        if (origins.isEmpty()) {
            return false;
        }
        HttpServerResponse response = request.response().putHeader("Vary", "Origin");
        String origin = request.getHeader("Origin");
        if (origin == null || !origins.contains(origin)) {
            return false;
        }
        response.putHeader("Access-Control-Allow-Origin", origin).putHeader("Access-Control-Expose-Headers", READ);
        if (request.method() != HttpMethod.OPTIONS || request.getHeader("Access-Control-Request-Method") == null) {
            return false;
        }
        response.putHeader("Access-Control-Allow-Methods", METHODS)
                .putHeader("Access-Control-Allow-Headers", SENT)
                .putHeader("Access-Control-Max-Age", KNOWN_SECONDS);
        return true;
    }
}
