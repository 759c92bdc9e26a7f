// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     java Follow.java http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Java 25. Patterns stand in for a JSON library so that one file is enough; an application has one.
// A connection can end without a word, so each is left after ten seconds: coming back costs nothing.

import module java.net.http;

final HttpClient http = HttpClient.newHttpClient();
final String token = System.getenv("DIPTYCH_TOKEN");
String seen = "0"; // number of the last event that came in
String state = "";

void main(String[] args) throws Exception {
    String api = args[0] + "/api/v1/";
    String request = "{\"workflow\": \"%s\", \"inputs\": %s}".formatted(args[1], args.length > 2 ? args[2] : "{}");
    String id = found("\"id\":\"(.+?)\"", new String(call(api + "jobs", request)), "");
    while (!isOver()) {
        var end = new CompletableFuture<Boolean>();
        var events = http.newWebSocketBuilder();
        if (token != null) events.header("Authorization", "Bearer " + token);
        try {
            WebSocket socket = events.buildAsync(URI.create(api.replaceFirst("^http", "ws") + "events"), listener(end)).join();
            socket.sendText("{\"subscribe\": \"%s\", \"since\": %s}".formatted(id, seen), true);
            end.completeOnTimeout(false, 10, TimeUnit.SECONDS).join();
            socket.abort();
        } catch (CompletionException unreachable) {
            Thread.sleep(500);
        }
        if (!isOver()) System.err.println("Connection lost after event " + seen);
    }
    var picture = Pattern.compile("\"([\\w-]+)\":\\{\"type\":\"image\",\"value\":\"asset:(\\w+)\"");
    for (MatchResult found : picture.matcher(new String(call(api + "jobs/" + id, null))).results().toList()) {
        Files.write(Path.of(found.group(1) + ".png"), call(api + "assets/" + found.group(2), null));
    }
    System.exit(state.equals("succeeded") ? 0 : 1);
}

/// @param end whether the job has ended, or the connection before it
WebSocket.Listener listener(CompletableFuture<Boolean> end) {
    return new WebSocket.Listener() {
        String message = "";

        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            message += part;
            if (isLast && !end.isDone()) {
                IO.println(message);
                seen = found("\"seq\":(\\d+)", message, seen); // progress and previews have none
                state = message.contains("\"kind\":\"error\"") ? "failed" : found("\"state\":\"(\\w+)\"", message, state);
                if (isOver()) end.complete(true);
            }
            message = isLast ? "" : message;
            socket.request(1);
            return null;
        }

        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            end.complete(false);
            return null;
        }

        public void onError(WebSocket socket, Throwable error) {
            end.complete(false);
        }
    };
}

byte[] call(String address, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address));
    if (token != null) request.header("Authorization", "Bearer " + token);
    if (body != null) request.POST(HttpRequest.BodyPublishers.ofString(body));
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() >= 400) throw new IOException(new String(answer.body()));
    return answer.body();
}

boolean isOver() {
    return state.matches("succeeded|failed|cancelled");
}

String found(String pattern, String text, String otherwise) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? matcher.group(1) : otherwise;
}
