// SPDX-License-Identifier: Apache-2.0

// Submits a workflow, follows its job until it has ended, however often the connection is lost, and fetches the pictures.
//     java Follow.java http://127.0.0.1:8410 contact-sheet '{"columns": 2}'
// Java 25. Patterns stand in for a JSON library so that one file is enough; an application has one.
// A connection can end without a word, so one that says nothing for five seconds is left: coming back costs nothing.

import module java.net.http;

final HttpClient http = HttpClient.newHttpClient();
final String token = System.getenv("DIPTYCH_TOKEN"), login = token == null ? "none" : "Bearer " + token;

void main(String[] args) throws Exception {
    String api = args[0] + "/api/v1/", request = "{\"workflow\": \"%s\", \"inputs\": %s}".formatted(args[1], args.length > 2 ? args[2] : "{}");
    String job = find("\"id\":\"(.+?)\"", new String(call(api + "jobs", request)), ""), seen = "0", state = ""; // seen: the last event's number
    while (!state.matches("succeeded|failed|cancelled")) {
        String subscription = "{\"subscribe\": \"%s\", \"since\": %s}".formatted(job, seen), message;
        var messages = new Messages();
        var socket = http.newWebSocketBuilder().header("Authorization", login).buildAsync(URI.create(api.replaceFirst("http", "ws") + "events"), messages);
        socket.thenAccept(open -> open.sendText(subscription, true));
        while (!state.matches("succeeded|failed|cancelled") && (message = messages.poll(5, TimeUnit.SECONDS)) != null) {
            IO.println(message);
            seen = find("\"seq\":(\\d+)", message, seen); // progress has none
            state = message.contains("\"kind\":\"error\"") ? "failed" : find("\"state\":\"(\\w+)\"", message, state);
        }
        socket.thenAccept(WebSocket::abort);
    }
    var picture = Pattern.compile("\"([\\w-]+)\":\\{\"type\":\"image\",\"value\":\"asset:(\\w+)\"");
    for (MatchResult each : picture.matcher(new String(call(api + "jobs/" + job))).results().toList()) {
        Files.write(Path.of(each.group(1) + ".png"), call(api + "assets/" + each.group(2)));
    }
    System.exit(state.equals("succeeded") ? 0 : 1);
}

class Messages extends LinkedBlockingQueue<String> implements WebSocket.Listener {
    String begun = "";

    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
        if (isLast) add(begun + part);
        begun = isLast ? "" : begun + part;
        return WebSocket.Listener.super.onText(socket, part, isLast);
    }
}

byte[] call(String address, String... body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address)).header("Authorization", login);
    for (String each : body) request.POST(HttpRequest.BodyPublishers.ofString(each));
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() >= 400) throw new IOException(new String(answer.body()));
    return answer.body();
}

String find(String pattern, String text, String otherwise) {
    return Pattern.compile(pattern).matcher(text).results().map(found -> found.group(1)).findFirst().orElse(otherwise);
}
