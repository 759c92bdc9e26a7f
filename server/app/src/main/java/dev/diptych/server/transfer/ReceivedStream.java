// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The body of a request or an answer as a stream to be read on another thread. The event loop takes in what has room here and no more; a
/// sender that sends nothing for a minute is given up.
public final class ReceivedStream extends InputStream {
    private static final int PIECES_AHEAD = 8;
    private static final long PATIENCE_SECONDS = 60;
    private static final int MOST_DISCARDED_BYTES = 64 << 20;
    private static final Buffer END = Buffer.buffer();

    private final ReadStream<Buffer> source;
    private final Runnable cutOff;
    private final Context loop;
    private final BlockingQueue<Buffer> pieces = new LinkedBlockingQueue<>();
    private volatile boolean isBroken;
    private boolean hasEnded; // only the event loop asks
    private Buffer piece = Buffer.buffer();
    private int position;
    private boolean isAtEnd;

    /// The sender did not send everything, or not as the protocol has it.
    public static final class BrokenOffException extends IOException {
        private static final long serialVersionUID = 1;

        private BrokenOffException() {
            super("The transfer was broken off");
        }
    }

    /// On the event loop, before anything of the body is read.
    ///
    /// @param cutOff closes the connection
    public ReceivedStream(ReadStream<Buffer> source, Context loop, Runnable cutOff) {
        this.source = source;
        this.cutOff = cutOff;
        this.loop = loop;
        source.pause();
        source.handler(pieces::add);
        source.endHandler(_ -> {
            hasEnded = true;
            pieces.add(END);
        });
        source.exceptionHandler(_ -> {
            isBroken = true;
            hasEnded = true;
            pieces.add(END);
        });
        source.fetch(PIECES_AHEAD);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!isAtEnd && position == piece.length()) {
            take();
        }
        if (isAtEnd) {
            return -1;
        }
        int count = Math.min(length, piece.length() - position);
        piece.getBytes(position, position + count, bytes, offset);
        position += count;
        return count;
    }

    /// What is not read is taken in all the same, or the client's next request on this connection would wait behind it for ever; a client that
    /// sends very much more is cut off.
    @Override
    public void close() {
        if (isAtEnd || isBroken) {
            return;
        }
        loop.runOnContext(_ -> {
            if (hasEnded) {
                return;
            }
            AtomicInteger discarded = new AtomicInteger();
            source.handler(rest -> {
                if (discarded.addAndGet(rest.length()) > MOST_DISCARDED_BYTES) {
                    cutOff.run();
                }
            });
            source.resume();
        });
    }

    private void take() throws IOException {
        try {
            Buffer next = pieces.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (next == null || isBroken) {
                throw new BrokenOffException();
            }
            isAtEnd = next == END;
            piece = next;
            position = 0;
            loop.runOnContext(_ -> {
                if (!hasEnded) {
                    source.fetch(1);
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }
}
