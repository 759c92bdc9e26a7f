// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A WebSocket client frame by frame, which does nothing of itself: it answers no ping, and ends no message unless it is told to.
final class RawWebSocket implements AutoCloseable {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    /// @param headers further lines of the request
    RawWebSocket(TestServer diptych, String path, String... headers) throws IOException {
        StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        request.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
        request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        socket = diptych.connect(request.append("\r\n").toString());
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            head.write(in.readByte());
        }
        assertThat(head.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 101");
    }

    /// What came in.
    record Frame(int kind, byte[] content) {
        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }

        /// Of a close frame.
        int status() {
            return (content[0] & 255) << 8 | content[1] & 255;
        }
    }

    void send(String text) throws IOException {
        send(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
    }

    void send(int kind, boolean isFinal, byte[] content) throws IOException {
        announce(kind, isFinal, content.length);
        out.write(content);
    }

    /// Sends the beginning of a frame, without its content.
    void announce(int kind, boolean isFinal, int length) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(14).put((byte) ((isFinal ? 0x80 : 0) | kind));
        if (length < 126) {
            head.put((byte) (0x80 | length));
        } else if (length < 1 << 16) {
            head.put((byte) (0x80 | 126)).putShort((short) length);
        } else {
            head.put((byte) (0x80 | 127)).putLong(length);
        }
        head.putInt(0); // a mask of zeros
        out.write(head.array(), 0, head.position());
    }

    /// The next frame.
    ///
    /// @throws EOFException if the connection has ended
    Frame next() throws IOException {
        int kind = in.readByte() & 15;
        long length = in.readByte() & 127;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] content = new byte[(int) length];
        in.readFully(content);
        return new Frame(kind, content);
    }

    /// The next frame of this kind; others are passed over.
    Frame next(int kind) throws IOException {
        Frame frame = next();
        while (frame.kind() != kind) {
            frame = next();
        }
        return frame;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
