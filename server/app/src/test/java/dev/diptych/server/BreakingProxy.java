// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands between a client and a server, and breaks the first WebSocket in the middle of a frame of the server's. Before that it makes sure, with a
/// ping, that the client has read the frames that went through.
final class BreakingProxy implements AutoCloseable {
    private static final int TEXT = 1;
    private static final int PING = 0x89;
    private static final int PONG = 0x8a;
    private static final int PATIENCE_SECONDS = 30;

    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger webSockets = new AtomicInteger();
    private final AtomicBoolean hasBroken = new AtomicBoolean();
    private final CountDownLatch pong = new CountDownLatch(1);
    private final int port;
    private final int wholeFrames;

    /// @param port        of the server, on this machine
    /// @param wholeFrames of text that pass before the one that does not
    BreakingProxy(int port, int wholeFrames) throws IOException {
        this.port = port;
        this.wholeFrames = wholeFrames;
        Thread.ofVirtual().start(this::accept);
    }

    String address() {
        return "http://127.0.0.1:" + door.getLocalPort();
    }

    /// How many WebSockets clients have opened.
    int webSockets() {
        return webSockets.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                Thread.ofVirtual().start(() -> pass(client, server, false));
                Thread.ofVirtual().start(() -> pass(server, client, true));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void pass(Socket from, Socket to, boolean isAnswer) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[8192];
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                out.write(bytes, 0, count);
                if (!isAnswer && (bytes[0] & 0xff) == PONG) {
                    pong.countDown();
                }
                String text = new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
                if (isAnswer && text.startsWith("HTTP/1.1 101 ")) {
                    webSockets.incrementAndGet();
                    if (hasBroken.compareAndSet(false, true)) {
                        breakAfter(new DataInputStream(in), out);
                        return;
                    }
                }
            }
        } catch (IOException | InterruptedException _) {
            // either side is gone
        }
    }

    /// Frames of a server are not masked: two bytes, a longer length if it does not fit there, the payload.
    private void breakAfter(DataInputStream in, OutputStream out) throws IOException, InterruptedException {
        for (int texts = 0; ; ) {
            int kind = in.readUnsignedByte();
            int length = in.readUnsignedByte();
            ByteBuffer header = ByteBuffer.allocate(4).put((byte) kind).put((byte) length);
            if (length == 127) {
                throw new EOFException("no event is that long");
            }
            if (length == 126) {
                length = in.readUnsignedShort();
                header.putShort((short) length);
            }
            byte[] payload = in.readNBytes(length);
            boolean isText = (kind & 0x0f) == TEXT;
            boolean breaks = isText && texts == wholeFrames;
            if (breaks) {
                out.write(new byte[] {(byte) PING, 0});
                pong.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            out.write(Arrays.copyOf(header.array(), header.position()));
            out.write(payload, 0, breaks ? length / 2 : length);
            if (breaks) {
                return;
            }
            texts += isText ? 1 : 0;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
