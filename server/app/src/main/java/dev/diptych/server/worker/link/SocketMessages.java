// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketBase;
import io.vertx.core.http.WebSocketFrame;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/// The messages that come in on a WebSocket, put together from their frames. A message that grows beyond the limit ends the connection with
/// status 1009 at once: never more than the limit is held. Lives on the event loop of its socket.
public final class SocketMessages {
    /// Longer messages travel as several frames, since a frame is held whole before anybody sees it.
    public static final int MAX_FRAME_BYTES = 64 << 10;

    private static final short TOO_BIG = 1009;

    private final WebSocketBase socket;
    private final Consumer<String> texts;
    private final Consumer<Buffer> binaries;
    private int maxBytes;
    private @Nullable Buffer begun;
    private boolean isText;
    private boolean isCutOff;

    /// Begins to listen.
    ///
    /// @param maxBytes of a message
    /// @param texts    gets each whole text, on the event loop
    /// @param binaries gets each other message whole
    public SocketMessages(WebSocketBase socket, int maxBytes, Consumer<String> texts, Consumer<Buffer> binaries) {
        this.socket = socket;
        this.maxBytes = maxBytes;
        this.texts = texts;
        this.binaries = binaries;
        socket.frameHandler(this::take);
        socket.exceptionHandler(this::failed);
    }

    /// @param bytes of a message from now on
    void limit(int bytes) {
        maxBytes = bytes;
    }

    private void take(WebSocketFrame frame) {
        if (isCutOff || !(frame.isText() || frame.isBinary() || frame.isContinuation())) {
            return;
        }
        Buffer data = frame.binaryData();
        int before = begun == null ? 0 : begun.length();
        if (before + data.length() > maxBytes) {
            cutOff(TOO_BIG, "A message may have at most " + maxBytes + " bytes here.");
            return;
        }
        if (begun == null) {
            isText = frame.isText();
            begun = data;
        } else {
            begun.appendBuffer(data);
        }
        if (frame.isFinal()) {
            Buffer whole = begun;
            begun = null;
            if (isText) {
                texts.accept(whole.toString());
            } else {
                binaries.accept(whole);
            }
        }
    }

    private void failed(Throwable failure) {
        if (failure instanceof CorruptedWebSocketFrameException frame) {
            cutOff((short) frame.closeStatus().code(), frame.closeStatus().reasonText());
        }
    }

    private void cutOff(short status, String reason) {
        isCutOff = true;
        begun = null;
        var _ = socket.close(status, reason);
    }
}
