// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.security.Principal;
import dev.diptych.server.security.Scope;

import io.vertx.ext.web.RoutingContext;

import java.util.LinkedHashMap;
import java.util.Map;

/// The handlers of the contract's operations, by id.
final class Handlers {
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @param scope what a token must allow
    record Entry(Scope scope, Kind kind) {}

    /// How an operation is handled.
    sealed interface Kind {
        /// The body is read whole; the handler runs on a virtual thread and may block.
        record Whole(Handler handler) implements Kind {}

        /// The handler streams, on the event loop.
        record Streaming(StreamHandler handler) implements Kind {}
    }

    @FunctionalInterface
    interface Handler {
        Answer handle(Request request) throws Exception;
    }

    @FunctionalInterface
    interface StreamHandler {
        void handle(RoutingContext context, Principal principal);
    }

    void add(String operation, Scope scope, Handler handler) {
        put(operation, new Entry(scope, new Kind.Whole(handler)));
    }

    void addStreaming(String operation, Scope scope, StreamHandler handler) {
        put(operation, new Entry(scope, new Kind.Streaming(handler)));
    }

    private void put(String operation, Entry entry) {
        if (entries.put(operation, entry) != null) {
            throw new IllegalStateException("Operation " + operation + " has two handlers");
        }
    }

    /// @throws IllegalStateException if the contract has an operation that nobody handles
    Entry of(Contract.Operation operation) {
        Entry entry = entries.get(operation.id());
        if (entry == null) {
            throw new IllegalStateException("Operation " + operation.id() + " has no handler");
        }
        return entry;
    }
}
