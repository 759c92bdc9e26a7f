// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketBase;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// The link over a WebSocket. Progress and previews are written at most 25 times a second, and wait while the socket is full; everything else is written at once. What
/// arrives is handed to the receiver by a virtual thread of its own, never by the event loop. Until the receiver trusts the other end, only small
/// messages are taken, each once the one before has been handled.
///
/// @param <S> what this end sends
/// @param <R> what it receives
public final class WebSocketLink<S, R> implements WorkerLink<S> {
    /// Documents travel on the link, so a message may be as large as a document with its inputs.
    public static final int MAX_MESSAGE_BYTES = 64 << 20;

    /// Of a message from somebody who is not trusted yet: enough for a hello.
    static final int MAX_STRANGERS_MESSAGE_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketLink.class);
    private static final long FLUSH_MILLISECONDS = 1000;

    /// Between two writes of what may wait. Nobody sees more, and each message costs both processes, and what computes beside them, a moment of a core.
    private static final long PACE_MILLISECONDS = 40;

    private final WebSocketBase socket;
    private final Context context;
    private final LinkCodec<S> outgoing;
    private final LinkCodec<R> incoming;
    private final Outbox<S> outbox = new Outbox<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();

    /// A timer will write what may wait.
    private volatile boolean isPacing;

    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final Runnable settled;
    private final ExecutorService deliveries =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("worker-link").factory());
    private volatile @Nullable BiConsumer<S, String> undeliverable;
    private @Nullable Future<Void> lastWrite; // event loop only
    private @Nullable SocketMessages messages; // event loop only
    private volatile boolean isTrusted;

    private WebSocketLink(
            WebSocketBase socket, Context context, LinkCodec<S> outgoing, LinkCodec<R> incoming, Runnable settled) {
        this.socket = socket;
        this.context = context;
        this.outgoing = outgoing;
        this.incoming = incoming;
        this.settled = settled;
    }

    /// The server's end. To be called on the event loop of the socket.
    ///
    /// @param settled called when the worker is trusted, and when the link has closed
    public static void ofServer(
            WebSocketBase socket,
            Context context,
            Function<WorkerLink<ToWorker>, WorkerLink.Receiver<ToServer>> receiver,
            Runnable settled) {
        var link = new WebSocketLink<>(socket, context, LinkCodec.TO_WORKER, LinkCodec.TO_SERVER, settled);
        link.listen(receiver.apply(link));
    }

    /// The worker's end, which trusts the server that it asked for. To be called on the event loop of the socket.
    public static void ofWorker(
            WebSocketBase socket,
            Context context,
            Function<WorkerLink<ToServer>, WorkerLink.Receiver<ToWorker>> receiver) {
        var link = new WebSocketLink<>(socket, context, LinkCodec.TO_SERVER, LinkCodec.TO_WORKER, () -> {});
        link.isTrusted = true;
        link.listen(receiver.apply(link));
    }

    private void listen(WorkerLink.Receiver<R> receiver) {
        messages =
                new SocketMessages(
                        socket,
                        isTrusted ? MAX_MESSAGE_BYTES : MAX_STRANGERS_MESSAGE_BYTES,
                        text -> deliver(receiver, () -> incoming.read(text)),
                        frame -> deliver(receiver, () -> preview(frame)));
        socket.drainHandler(_ -> write());
        socket.closeHandler(_ -> {
            isClosed.set(true);
            settled.run();
            String reason = socket.closeReason();
            deliveries.execute(() -> receiver.closed(reason == null ? "The connection ended." : reason));
            deliveries.shutdown();
        });
    }

    @SuppressWarnings("unchecked") // only a server receives previews; at a worker the cast fails and closes the link
    private R preview(Buffer frame) throws IOException {
        return (R) LinkCodec.readPreview(frame.getBytes());
    }

    private void deliver(WorkerLink.Receiver<R> receiver, Decoding<R> decoding) {
        if (deliveries.isShutdown()) {
            return;
        }
        boolean isStrangers = !isTrusted;
        if (isStrangers) {
            socket.pause();
        }
        deliveries.execute(() -> {
            try {
                receiver.received(decoding.message());
            } catch (IOException | ClassCastException e) {
                LOG.atLevel(isStrangers ? Level.DEBUG : Level.ERROR)
                        .log("A message on the link between a worker and its server could not be read", e);
                close("A message could not be read: " + e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("A message of a worker could not be handled", e);
                close("A message could not be handled.");
            }
            if (isStrangers) {
                context.runOnContext(_ -> heard());
            }
        });
    }

    /// On the event loop: a message from before the other end was trusted has been handled.
    private void heard() {
        if (isTrusted && messages != null) {
            messages.limit(MAX_MESSAGE_BYTES);
        }
        socket.resume();
    }

    private interface Decoding<R> {
        R message() throws IOException;
    }

    @Override
    public void send(S message) {
        if (isClosed.get()) {
            return;
        }
        outbox.add(message);
        boolean waits = isPacing && Outbox.mayWait(message);
        if (!waits && isWriting.compareAndSet(false, true)) {
            context.runOnContext(_ -> write());
        }
    }

    /// On the event loop.
    private void write() {
        isWriting.set(false);
        if (isClosed.get()) {
            return;
        }
        for (S message = outbox.nextControl(); message != null; message = outbox.nextControl()) {
            writeFrame(message);
        }
        if (isPacing || socket.writeQueueFull()) {
            return;
        }
        for (S message = outbox.next(); message != null; message = socket.writeQueueFull() ? null : outbox.next()) {
            writeFrame(message);
            isPacing = true;
        }
        if (isPacing) {
            var _ =
                    context.owner()
                            .setTimer(
                                    PACE_MILLISECONDS,
                                    _ -> {
                                        isPacing = false;
                                        write();
                                    });
        }
    }

    private void writeFrame(S message) {
        if (message instanceof ToServer.Preview preview) {
            written(socket.writeBinaryMessage(Buffer.buffer(outgoing.binary(preview))));
            return;
        }
        String text = outgoing.text(message);
        int bytes = ByteBufUtil.utf8Bytes(text);
        if (bytes > MAX_MESSAGE_BYTES) {
            refuse(message, "It takes " + bytes + " bytes on the link to a worker, which carries " + MAX_MESSAGE_BYTES);
        } else {
            written(socket.writeTextMessage(text));
        }
    }

    /// Of what a failed write was about nobody would hear again: the ends have to agree anew about what they hold.
    private void written(Future<Void> write) {
        lastWrite = write;
        var _ = write.onFailure(failure -> close("A message could not be written: " + failure.getMessage()));
    }

    private void refuse(S message, String reason) {
        LOG.error("A message ({}) is not sent. {}", message.getClass().getSimpleName(), reason);
        BiConsumer<S, String> listener = undeliverable;
        if (listener != null && !deliveries.isShutdown()) {
            deliveries.execute(() -> listener.accept(message, reason));
        }
    }

    @Override
    public void ifUndeliverable(BiConsumer<S, String> listener) {
        undeliverable = listener;
    }

    @Override
    public void flush() {
        if (isClosed.get()) {
            return;
        }
        CountDownLatch written = new CountDownLatch(1);
        context.runOnContext(_ -> {
            write();
            if (lastWrite == null) {
                written.countDown();
            } else {
                lastWrite.onComplete(_ -> written.countDown());
            }
        });
        try {
            if (!written.await(FLUSH_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                LOG.debug("The worker's connection takes nothing");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void trust() {
        isTrusted = true;
        settled.run();
    }

    @Override
    public void close(String reason) {
        context.runOnContext(_ -> {
            if (isClosed.compareAndSet(false, true)) {
                var _ = socket.close((short) 1000, shortened(reason));
            }
        });
    }

    /// A close frame holds at most 123 bytes of reason.
    private static String shortened(String reason) {
        return reason.length() <= 100 ? reason : reason.substring(0, 100);
    }
}
