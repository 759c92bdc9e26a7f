// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A connection that sends prepared bytes and reads answers with a `content-length`: as little client as possible, since it
/// shares the machine with what it measures.
final class LoadClient implements AutoCloseable {
    private static final byte[] LENGTH = "content-length: ".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket = new Socket();
    private final InputStream in;

    LoadClient(int port) throws IOException {
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 14);
    }

    static byte[] request(String method, String path, String body) {
        return (method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n\r\n"
                        + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    /// @return the answer's status
    int exchange(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        int status = 0;
        int length = 0;
        for (int line = 0; ; line++) {
            int matched = 0;
            boolean isLength = true;
            int digits = 0;
            int size = 0;
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("The server ended the connection");
                }
                if (line == 0 && size >= 9 && size < 12) {
                    status = status * 10 + b - '0';
                }
                if (isLength && matched < LENGTH.length) {
                    isLength = Character.toLowerCase(b) == LENGTH[matched++];
                } else if (isLength && b >= '0' && b <= '9') {
                    digits = digits * 10 + b - '0';
                }
                size += b == '\r' ? 0 : 1;
            }
            if (isLength && matched == LENGTH.length) {
                length = digits;
            }
            if (size == 0) {
                break;
            }
        }
        in.skipNBytes(length);
        return status;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
