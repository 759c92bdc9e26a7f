// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;

import java.util.Locale;

/// Makes a WebSocket of a request, or answers why it is none.
final class SocketUpgrade {
    private static final String VERSION = "13";

    private SocketUpgrade() {}

    /// @param accepted called on the event loop
    static void accept(RoutingContext context, Handler<ServerWebSocket> accepted) {
        HttpServerRequest request = context.request();
        if (!has(request, "Connection", "upgrade")
                || !has(request, "Upgrade", "websocket")
                || !request.headers().contains("Sec-WebSocket-Key")) {
            refuse(context, "This address is for WebSockets only: connect to it with a WebSocket client.");
        } else if (!VERSION.equals(request.getHeader("Sec-WebSocket-Version"))) {
            refuse(context, "Only version " + VERSION + " of the WebSocket protocol is spoken here.");
        } else {
            request.toWebSocket()
                    .onSuccess(accepted)
                    .onFailure(_ ->
                            ApiRouter.send(
                                    context,
                                    Answer.problem(
                                            HttpProblem.badRequest("The request for a WebSocket is not valid."))));
        }
    }

    private static boolean has(HttpServerRequest request, String header, String word) {
        String value = request.getHeader(header);
        return value != null && value.toLowerCase(Locale.ROOT).contains(word);
    }

    private static void refuse(RoutingContext context, String detail) {
        context.response().putHeader("Upgrade", "websocket").putHeader("Sec-WebSocket-Version", VERSION);
        ApiRouter.send(context, Answer.problem(new HttpProblem(426, "server/websocket-needed", detail)));
    }
}
