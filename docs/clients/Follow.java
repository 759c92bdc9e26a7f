// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     java Follow.java http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Java 25. Patterns stand in for a JSON library so that one file is enough; an application has one.
//
// A connection can end without a word: the machine slept, a router forgot it, or java.net.http read the end while it was
// handing over a message, and then tells nobody. So a quiet connection is asked whether it is still there.

import module java.net.http;

final HttpClient http = HttpClient.newHttpClient();
final String token = System.getenv("DIPTYCH_TOKEN");
String server;
long seen; // number of the last event that came in
String state = "";
volatile boolean isAlive;

void main(String[] args) throws Exception {
    server = args[0];
    String request = "{\"workflow\": \"%s\", \"inputs\": %s}".formatted(args[1], args.length > 2 ? args[2] : "{}");
    String job = found("\"id\":\"(.+?)\"", new String(call("/api/v1/jobs", request)), "");
    while (!isOver()) {
        try {
            follow(job);
        } catch (IOException | ExecutionException | CompletionException lost) {
            System.err.println("Connection lost after event " + seen);
            Thread.sleep(500);
        }
    }
    var picture = Pattern.compile("\"([\\w-]+)\":\\{\"type\":\"image\",\"value\":\"asset:(\\w+)\"");
    for (MatchResult found : picture.matcher(new String(call("/api/v1/jobs/" + job, null))).results().toList()) {
        Files.write(Path.of(found.group(1) + ".png"), call("/api/v1/assets/" + found.group(2), null));
    }
    System.exit(state.equals("succeeded") ? 0 : 1);
}

void follow(String job) throws Exception {
    var over = new CompletableFuture<Void>();
    var events = new WebSocket.Listener() {
        final StringBuilder message = new StringBuilder();

        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            isAlive = true;
            message.append(part);
            if (isLast) {
                heard(message.toString(), over);
                message.setLength(0);
            }
            socket.request(1);
            return null;
        }

        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer nothing) {
            isAlive = true;
            socket.request(1);
            return null;
        }

        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            over.completeExceptionally(new IOException(reason));
            return null;
        }

        public void onError(WebSocket socket, Throwable error) {
            over.completeExceptionally(error);
        }
    };
    URI address = URI.create(server.replaceFirst("^http", "ws") + "/api/v1/events");
    WebSocket socket = http.newWebSocketBuilder().buildAsync(address, events).join();
    if (token != null) {
        socket.sendText("{\"token\": \"%s\"}".formatted(token), true).join();
    }
    socket.sendText("{\"subscribe\": \"%s\", \"since\": %d}".formatted(job, seen), true).join();
    try {
        isAlive = true;
        while (!over.isDone()) {
            try {
                over.get(5, TimeUnit.SECONDS);
            } catch (TimeoutException quiet) {
                if (!isAlive) {
                    throw new IOException("no answer to a ping");
                }
                isAlive = false;
                socket.sendPing(ByteBuffer.allocate(0)).join();
            }
        }
        over.join();
    } finally {
        socket.abort();
    }
}

void heard(String event, CompletableFuture<Void> over) {
    IO.println(event);
    seen = Long.parseLong(found("\"seq\":(\\d+)", event, "" + seen)); // progress and previews have none
    state = found("\"state\":\"(\\w+)\"", event, event.contains("\"kind\":\"error\"") ? "failed" : state);
    if (isOver()) {
        over.complete(null);
    }
}

boolean isOver() {
    return state.matches("succeeded|failed|cancelled");
}

byte[] call(String path, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(server + path));
    if (token != null) {
        request.header("Authorization", "Bearer " + token);
    }
    if (body != null) {
        request.POST(HttpRequest.BodyPublishers.ofString(body));
    }
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() >= 400) {
        throw new IOException(new String(answer.body()));
    }
    return answer.body();
}

String found(String pattern, String text, String otherwise) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? matcher.group(1) : otherwise;
}
