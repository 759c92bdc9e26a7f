// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     java Follow.java http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Java 25. Patterns stand in for a JSON library so that one file is enough; an application has one.
// A connection can end without a word, so one that says nothing for ten seconds is left: coming back costs nothing.

import module java.net.http;

final HttpClient http = HttpClient.newHttpClient();
final String token = System.getenv("DIPTYCH_TOKEN");
final String[] login = token == null ? new String[] {"Accept", "*/*"} : new String[] {"Authorization", "Bearer " + token};
String seen = "0"; // number of the last event that came in
String state = "";

void main(String[] args) throws Exception {
    String api = args[0] + "/api/v1/";
    String request = "{\"workflow\": \"%s\", \"inputs\": %s}".formatted(args[1], args.length > 2 ? args[2] : "{}");
    String id = found("\"id\":\"(.+?)\"", new String(call(api + "jobs", request)), "");
    while (!isOver()) {
        var messages = new LinkedBlockingQueue<String>(); // an empty one where the connection ends
        var events = URI.create(api.replaceFirst("^http", "ws") + "events");
        var socket = http.newWebSocketBuilder().header(login[0], login[1]).buildAsync(events, into(messages));
        socket.thenAccept(open -> open.sendText("{\"subscribe\": \"%s\", \"since\": %s}".formatted(id, seen), true))
                .exceptionally(unreachable -> { messages.add(""); return null; });
        for (String message; !isOver() && (message = messages.poll(10, TimeUnit.SECONDS)) != null && !message.isEmpty(); ) {
            IO.println(message);
            seen = found("\"seq\":(\\d+)", message, seen); // progress has none
            state = message.contains("\"kind\":\"error\"") ? "failed" : found("\"state\":\"(\\w+)\"", message, state);
        }
        socket.thenAccept(WebSocket::abort);
        if (!isOver()) {
            System.err.println("Connection lost after event " + seen);
            Thread.sleep(500);
        }
    }
    var picture = Pattern.compile("\"([\\w-]+)\":\\{\"type\":\"image\",\"value\":\"asset:(\\w+)\"");
    for (MatchResult found : picture.matcher(new String(call(api + "jobs/" + id))).results().toList()) {
        Files.write(Path.of(found.group(1) + ".png"), call(api + "assets/" + found.group(2)));
    }
    System.exit(state.equals("succeeded") ? 0 : 1);
}

WebSocket.Listener into(Queue<String> messages) {
    return new WebSocket.Listener() {
        String message = "";

        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            message += part;
            if (isLast) {
                messages.add(message);
                message = "";
            }
            socket.request(1);
            return null;
        }

        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            messages.add("");
            return null;
        }

        public void onError(WebSocket socket, Throwable error) {
            messages.add("");
        }
    };
}

byte[] call(String address, String... body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address)).header(login[0], login[1]);
    for (String each : body) request.POST(HttpRequest.BodyPublishers.ofString(each));
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
