// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/// Keeps a connection from being ended as idle while the server works on a request: then the silence is ours. A client that owes the rest of its
/// request, or does not read its answer, is ended all the same. Lives on the event loop of its connection.
final class IdleGuard extends ChannelInboundHandlerAdapter {
    private int working;

    private IdleGuard() {}

    /// The guard of a connection. Vert.x has no public way to the pipeline, which is where idleness is noticed.
    static IdleGuard of(HttpConnection connection) {
        ChannelPipeline pipeline = ((ConnectionBase) connection).channelHandlerContext().pipeline();
        IdleGuard guard = pipeline.get(IdleGuard.class);
        if (guard == null) {
            guard = new IdleGuard();
            pipeline.addAfter(pipeline.context(IdleStateHandler.class).name(), "idleGuard", guard);
        }
        return guard;
    }

    void begin() {
        working++;
    }

    void end() {
        working--;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (working == 0 || !(event instanceof IdleStateEvent)) {
            context.fireUserEventTriggered(event);
        }
    }
}
