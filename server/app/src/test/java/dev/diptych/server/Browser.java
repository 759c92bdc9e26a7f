// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A Chromium without a window, driven over its DevTools protocol (chromedevtools.github.io/devtools-protocol): one page, real mouse and
/// keyboard events.
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ANNOUNCEMENT = "DevTools listening on ";

    private final Process process;
    private final Path profile;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final String session;
    private volatile @Nullable String promptAnswer;

    private Browser(Path program) throws IOException {
        profile = Files.createTempDirectory("diptych-browser");
        process =
                new ProcessBuilder(
                                program.toString(),
                                "--headless=new",
                                "--no-sandbox", // its sandbox refuses to run as root
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--remote-debugging-port=0",
                                "--window-size=1400,1000",
                                "--user-data-dir=" + profile,
                                "about:blank")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        socket = client.newWebSocketBuilder().buildAsync(URI.create(address()), new Listener()).join();
        String target = ask("", "Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
        session =
                ask("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                        .path("sessionId")
                        .asText();
        Stream.of("Page.enable", "Runtime.enable", "Log.enable", "DOM.enable").forEach(domain -> ask(domain, Map.of()));
    }

    /// Starts the browser of this machine. Without one the test is not run, but in CI, where it fails.
    static Browser open() {
        Path program = program().orElse(null);
        if (program == null) {
            String missing =
                    "There is no Chromium on the PATH: the page at / is not tested. Install one (apt-get install chromium), or name it in"
                            + " DIPTYCH_BROWSER.";
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError(missing);
            }
            abort(missing);
        }
        try {
            return new Browser(program);
        } catch (IOException e) {
            throw new AssertionError("The browser " + program + " does not start", e);
        }
    }

    private static Optional<Path> program() {
        String named = System.getenv("DIPTYCH_BROWSER");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        return Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
                .flatMap(name ->
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private String address() throws IOException {
        List<String> said = new ArrayList<>();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(ANNOUNCEMENT)) {
                Thread.ofVirtual().start(() -> lines.lines().forEach(_ -> {}));
                return line.substring(ANNOUNCEMENT.length()).trim();
            }
            said.add(line);
        }
        throw new IOException("It ended, saying: " + String.join("\n", said));
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    heard(JSON.readTree(text.toString()));
                } catch (IOException e) {
                    errors.add(e.toString());
                }
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private void heard(JsonNode message) {
        CompletableFuture<JsonNode> waiting = answers.remove(message.path("id").asInt());
        if (waiting != null && message.has("error")) {
            waiting.completeExceptionally(new AssertionError(message.path("error").toString()));
        } else if (waiting != null) {
            waiting.complete(message.path("result"));
        }
        JsonNode parameters = message.path("params");
        switch (message.path("method").asText()) {
            case "Runtime.exceptionThrown" -> errors.add(parameters.path("exceptionDetails").toString());
            case "Log.entryAdded" -> {
                // A refused request is the page's business; what the page makes of it is what a test looks at.
                if (parameters.at("/entry/level").asText().equals("error")
                        && !parameters.at("/entry/source").asText().equals("network")) {
                    errors.add(parameters.at("/entry/text").asText());
                }
            }
            case "Page.javascriptDialogOpening" -> {
                String answer = promptAnswer;
                var _ =
                        send(
                                session,
                                "Page.handleJavaScriptDialog",
                                Map.of("accept", answer != null, "promptText", answer == null ? "" : answer));
            }
            default -> {}
        }
    }

    private CompletableFuture<JsonNode> send(String to, String method, Map<String, ?> parameters) {
        int number = numbers.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(number, answer);
        Map<String, Object> message = new java.util.LinkedHashMap<>();
        message.put("id", number);
        message.put("method", method);
        message.put("params", parameters);
        if (!to.isEmpty()) {
            message.put("sessionId", to);
        }
        synchronized (socket) {
            socket.sendText(JSON.valueToTree(message).toString(), true).join();
        }
        return answer;
    }

    private JsonNode ask(String to, String method, Map<String, ?> parameters) {
        return send(to, method, parameters).orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private JsonNode ask(String method, Map<String, ?> parameters) {
        return ask(session, method, parameters);
    }

    void go(String address) {
        ask("Page.navigate", Map.of("url", address));
    }

    /// What the next prompts are answered with.
    void answerPrompts(String answer) {
        promptAnswer = answer;
    }

    /// The value of an expression in the page, as JSON.
    JsonNode value(String expression) {
        JsonNode answer =
                ask("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        assertThat(answer.path("exceptionDetails").toString()).as(expression).isEmpty();
        return answer.path("result").path("value");
    }

    /// Waits until an expression is true in the page.
    void await(String expression) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!value("!!(" + expression + ")").asBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "Not so within "
                                + PATIENCE.toSeconds()
                                + " s: "
                                + expression
                                + "; the page says: "
                                + value("document.body.innerText").asText()
                                + "; errors: "
                                + errors);
            }
            TestServer.pause();
        }
    }

    /// Clicks into the middle of an element, once it is there, as a mouse does.
    void click(String selector) {
        String element = "document.querySelector(" + JSON.valueToTree(selector) + ")";
        await(element);
        JsonNode middle =
                value(
                        "(() => { const e = %s; e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })()"
                                .formatted(element));
        for (String kind : List.of("mousePressed", "mouseReleased")) {
            ask(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            kind,
                            "x",
                            middle.path("x").asDouble(),
                            "y",
                            middle.path("y").asDouble(),
                            "button",
                            "left",
                            "clickCount",
                            1));
        }
    }

    /// Replaces what a field holds, as typing does.
    void type(String selector, String text) {
        click(selector);
        value("document.activeElement.select()");
        ask("Input.insertText", Map.of("text", text));
    }

    /// Chooses a file, as the dialog does.
    void chooseFile(String selector, Path file) {
        await("document.querySelector(" + JSON.valueToTree(selector) + ")");
        int root = ask("DOM.getDocument", Map.of()).at("/root/nodeId").asInt();
        int field = ask("DOM.querySelector", Map.of("nodeId", root, "selector", selector)).path("nodeId").asInt();
        ask("DOM.setFileInputFiles", Map.of("nodeId", field, "files", List.of(file.toString())));
    }

    /// Errors of scripts in the page so far.
    List<String> errors() {
        return errors;
    }

    @Override
    public void close() {
        socket.abort();
        client.close();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            try (Stream<Path> files = Files.walk(profile)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            // A helper of the browser may still write there; the folder is a temporary one.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
