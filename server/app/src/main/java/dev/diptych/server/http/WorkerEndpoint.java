// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobService;
import dev.diptych.server.worker.link.WebSocketLink;

import io.vertx.ext.web.RoutingContext;

import java.util.function.Predicate;

/// Where workers connect. Who they are is told by the first message, so the handshake itself is open.
final class WorkerEndpoint {
    private WorkerEndpoint() {}

    /// @param accepts   whether a secret is that of a supervised worker, or a token of scope `worker`
    /// @param newcomers where a connection is until its secret is accepted
    static void accept(RoutingContext context, JobService jobs, Predicate<String> accepts, Newcomers newcomers) {
        SocketUpgrade.accept(
                context,
                socket ->
                        WebSocketLink.ofServer(
                                socket,
                                context.vertx().getOrCreateContext(),
                                link -> jobs.connect(link, accepts),
                                newcomers.add(socket)));
    }
}
