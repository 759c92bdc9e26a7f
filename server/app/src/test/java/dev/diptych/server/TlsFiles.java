// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// An https server with a certificate of its own making, which gives files and ranges of them, and breaks off on request.
public final class TlsFiles implements AutoCloseable {
    public static final String PASSWORD = "changeit";
    public static final Path KEYS = keys();

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();

    /// What was asked for: path, and the range if there was one.
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /// After how many bytes of an answer the connection breaks; 0 for never. Set back by each break.
    public volatile int breaksAfter;

    /// Waits this long after each kilobyte.
    public volatile int slownessMilliseconds;

    public volatile String tag = "\"one\"";
    public volatile String promised = "";

    public TlsFiles() {
        try {
            KeyStore keys = KeyStore.getInstance(KEYS.toFile(), PASSWORD.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    private static Path keys() {
        try {
            Path file = Files.createTempDirectory("diptych-test-keys").resolve("keys.p12");
            int exit =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                                    "-genkeypair",
                                    "-alias",
                                    "test",
                                    "-keyalg",
                                    "EC",
                                    "-dname",
                                    "CN=localhost",
                                    "-ext",
                                    "san=dns:localhost,ip:127.0.0.1",
                                    "-validity",
                                    "2",
                                    "-storetype",
                                    "PKCS12",
                                    "-keystore",
                                    file.toString(),
                                    "-storepass",
                                    PASSWORD)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor();
            if (exit != 0) {
                throw new AssertionError("keytool ended with " + exit);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public TlsFiles file(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    public TlsFiles redirect(String path, String target) {
        redirects.put(path, target);
        return this;
    }

    public String url(String path) {
        return "https://localhost:" + server.getAddress().getPort() + path;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        asked.add(path + (range == null ? "" : " " + range));
        try (InputStream in = exchange.getRequestBody()) {
            in.readAllBytes();
        }
        if (redirects.containsKey(path)) {
            exchange.getResponseHeaders().set("Location", redirects.get(path));
            if (!promised.isEmpty()) {
                exchange.getResponseHeaders().set("X-Linked-ETag", "\"" + promised + "\"");
            }
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
            return;
        }
        byte[] content = files.get(path);
        if (content == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        int from = 0;
        if (!tag.isEmpty()) {
            exchange.getResponseHeaders().set("ETag", tag);
        }
        if (range != null && tag.equals(condition)) {
            from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            if (from >= content.length) {
                exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
                exchange.sendResponseHeaders(416, -1);
                exchange.close();
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
        send(exchange, content, from);
    }

    private void send(HttpExchange exchange, byte[] content, int from) throws IOException {
        try (OutputStream out = exchange.getResponseBody()) {
            for (int at = from; at < content.length; at += 1024) {
                int count = Math.min(1024, content.length - at);
                if (breaksAfter > 0 && at + count - from > breaksAfter) {
                    breaksAfter = 0;
                    break;
                }
                out.write(content, at, count);
                out.flush();
                if (slownessMilliseconds > 0) {
                    Thread.sleep(slownessMilliseconds);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
