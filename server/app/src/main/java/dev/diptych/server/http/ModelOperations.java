// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.server.models.ModelAddition;
import dev.diptych.server.models.ModelAdditions;
import dev.diptych.server.models.RemoteFile;
import dev.diptych.server.security.Scope;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/// The models over HTTP.
final class ModelOperations {
    private static final int MOST_FILES = 1000;

    private final ModelHub hub;
    private final ModelStore store;
    private final ModelAdditions additions;
    private final Architectures architectures;
    private final ModelViews views = new ModelViews();

    ModelOperations(ModelHub hub, ModelStore store, ModelAdditions additions, Architectures architectures) {
        this.architectures = architectures;
        this.hub = hub;
        this.store = store;
        this.additions = additions;
    }

    void addTo(Handlers handlers) {
        handlers.add("listModels", Scope.READ, _ -> Answer.ok(models()));
        handlers.add("getModel", Scope.READ, request -> told(() -> Answer.ok(details(id(request)))));
        handlers.add("addModel", Scope.ADMIN, request -> told(() -> add(request)));
        handlers.add("removeModel", Scope.ADMIN, request -> told(() -> remove(request)));
        handlers.add("installModel", Scope.ADMIN, request -> told(() -> install(request)));
        handlers.add("listModelAdditions", Scope.READ, _ -> Answer.ok(additions()));
        handlers.add("getModelAddition", Scope.READ, request -> Answer.ok(view(addition(request, false))));
        handlers.add("cancelModelAddition", Scope.ADMIN, request -> Answer.ok(view(addition(request, true))));
        new ModelUpload(store).addTo(handlers);
    }

    static String id(Request request) {
        return request.parameter("id");
    }

    /// The statuses of what can be wrong with a model's name.
    static <T> T told(Callable<T> work) throws Exception {
        try {
            return work.call();
        } catch (NodeException e) {
            int status =
                    switch (e.code()) {
                        case "model/unknown" -> 404;
                        case "model/exists", "model/not-removable" -> 409;
                        case "model/too-many" -> 429;
                        default -> 422;
                    };
            throw new HttpProblem(status, e.code(), e.getMessage() + e.next().map(next -> " " + next).orElse(""));
        }
    }

    private ObjectNode models() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("models");
        hub.list().forEach(model -> list.add(views.summary(model)));
        return view;
    }

    private ObjectNode details(String id) {
        ModelDescription model = hub.describe(id);
        boolean isReadable = model.problem() == null || !model.components().isEmpty();
        return views.details(model, isReadable ? hub.check(id, architectures) : List.of());
    }

    private Answer remove(Request request) throws IOException {
        store.remove(id(request));
        return Answer.empty(204);
    }

    private Answer install(Request request) throws IOException {
        String id = id(request);
        if (!store.hasDraft(id)) {
            throw new HttpProblem(
                    404,
                    "server/no-upload",
                    "Nothing was uploaded for the model \"" + Request.shown(id) + "\". Send its files first.");
        }
        return Answer.json(201, views.details(store.install(store.draft(id)), List.of()))
                .with("Location", "/api/v1/models/" + id.replace("/", "%2F"));
    }

    private Answer add(Request request) {
        JsonNode body = request.json();
        List<RemoteFile> files = files(body);
        String id = text(body, "id");
        if (id == null) {
            throw HttpProblem.badRequest("\"id\" is needed: the name that the model gets, as \"owner/name\".");
        }
        if (hub.has(id)) {
            throw new HttpProblem(
                    409,
                    "model/exists",
                    "There is a model \"" + Request.shown(id) + "\" already. Remove it first, or choose another name.");
        }
        ModelAddition started = additions.start(id, files);
        return Answer.json(202, view(started)).with("Location", "/api/v1/model-additions/" + started.id());
    }

    private static List<RemoteFile> files(JsonNode body) {
        JsonNode list = body.path("files");
        if (!list.isArray() || list.isEmpty() || list.size() > MOST_FILES) {
            throw HttpProblem.badRequest(
                    "\"files\" is needed: a list of 1 to 1000 objects as {\"url\": \"https://…\"}.");
        }
        List<String> urls = new ArrayList<>();
        for (JsonNode file : list) {
            String url = text(file, "url");
            if (url == null) {
                throw HttpProblem.badRequest("Each of \"files\" needs its \"url\".");
            }
            urls.add(url);
        }
        List<RemoteFile> files = new ArrayList<>();
        try {
            List<RemoteFile> named = RemoteFile.of(urls, null);
            for (int i = 0; i < named.size(); i++) {
                String path = text(list.path(i), "path");
                files.add(
                        new RemoteFile(
                                urls.get(i),
                                path == null ? named.get(i).path() : path,
                                hash(text(list.path(i), "sha256"))));
            }
        } catch (IllegalArgumentException e) {
            throw HttpProblem.badRequest(String.valueOf(e.getMessage()));
        }
        return files;
    }

    static @Nullable String hash(@Nullable String text) {
        if (text != null && !text.matches("[0-9a-fA-F]{64}")) {
            throw HttpProblem.badRequest("sha256 " + Request.shown(text) + ": 64 hexadecimal digits are needed.");
        }
        return text;
    }

    private static @Nullable String text(JsonNode object, String field) {
        return object.path(field).textValue();
    }

    private ModelAddition addition(Request request, boolean cancels) {
        String id = request.parameter("addition");
        return (cancels ? additions.cancel(id) : additions.find(id))
                .orElseThrow(() -> HttpProblem.notFound("addition of a model \"" + Request.shown(id) + "\""));
    }

    private ObjectNode additions() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("additions");
        additions.list().forEach(addition -> list.add(view(addition)));
        return view;
    }

    private static ObjectNode view(ModelAddition addition) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", addition.id());
        view.put("model", addition.model());
        view.put("state", addition.state().name().toLowerCase(Locale.ROOT));
        view.put("file", addition.file());
        view.put("fileNumber", addition.fileNumber());
        view.put("files", addition.files());
        view.put("bytes", addition.bytes());
        view.put("totalBytes", addition.totalBytes() < 0 ? null : addition.totalBytes());
        view.put("millisecondsLeft", addition.left() == null ? null : addition.left().toMillis());
        view.put("problem", addition.problem());
        return view;
    }
}
