// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.Revision;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.server.jobs.RequestReader;
import dev.diptych.server.jobs.WorkflowLibrary;
import dev.diptych.server.jobs.WorkflowShelf;
import dev.diptych.server.security.Scope;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Stored workflows over HTTP.
final class WorkflowOperations {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WorkflowLibrary library;
    private final WorkflowShelf shelf;
    private final RequestReader requests;
    private final WorkflowReader reader;
    private final NodeCatalog catalog;

    WorkflowOperations(
            WorkflowLibrary library,
            WorkflowShelf shelf,
            RequestReader requests,
            WorkflowReader reader,
            NodeCatalog catalog) {
        this.library = library;
        this.shelf = shelf;
        this.requests = requests;
        this.reader = reader;
        this.catalog = catalog;
    }

    void addTo(Handlers handlers) {
        handlers.add("listWorkflows", Scope.READ, _ -> Answer.ok(list("workflows", shelf.list())));
        handlers.add("listRevisions", Scope.READ, this::revisions);
        handlers.add("getWorkflow", Scope.READ, this::get);
        handlers.add("saveWorkflow", Scope.RUN, this::save);
        handlers.add("validateWorkflow", Scope.READ, this::validate);
    }

    private static ObjectNode list(String name, Collection<WorkflowShelf.Shelved> entries) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray(name);
        entries.forEach(entry -> list.add(summary(entry)));
        return view;
    }

    private static ObjectNode summary(WorkflowShelf.Shelved entry) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("name", entry.name());
        view.put("revision", entry.revision());
        view.put("title", entry.title());
        view.put("created", entry.created() == null ? null : entry.created().toString());
        view.put("readOnly", entry.isReadOnly());
        return view;
    }

    private Answer revisions(Request request) {
        List<WorkflowShelf.Shelved> revisions = shelf.revisions(request.parameter("name"));
        if (revisions.isEmpty()) {
            throw noSuch(request.parameter("name"), null);
        }
        return Answer.ok(list("revisions", revisions));
    }

    private Answer get(Request request) {
        String name = request.parameter("name");
        String revision = request.query("revision");
        return Answer.ok(view(shelf.find(name, revision).orElseThrow(() -> noSuch(name, revision))));
    }

    /// Brought forward to the installed nodes, with what there is to say about that.
    private ObjectNode view(WorkflowShelf.Shelved entry) {
        Migrations.Upgraded upgraded = new Migrations(catalog).upgrade(reader.read(entry.document()));
        ObjectNode view = summary(entry);
        view.set("document", new WorkflowWriter().tree(upgraded.document()));
        view.set("notices", JSON.valueToTree(upgraded.notices()));
        return view;
    }

    private static HttpProblem noSuch(String name, @Nullable String revision) {
        return new HttpProblem(
                404,
                "server/no-such-workflow",
                "There is no workflow \""
                        + Request.shown(name)
                        + (revision == null ? "\"." : "\" with revision " + Request.shown(revision) + "."));
    }

    private Answer save(Request request) {
        String name = request.parameter("name");
        WorkflowDocument document = reader.read(request.json());
        if (!document.name().equals(name)) {
            throw HttpProblem.badRequest(
                    "The document's name is \""
                            + document.name()
                            + "\", the address says \""
                            + Request.shown(name)
                            + "\".");
        }
        requests.checkStorable(document);
        String text = new WorkflowWriter().write(document);
        String began = stored(name, unquoted(request.headers().get("If-Match")));
        WorkflowLibrary.Saved saved = library.save(name, Revision.of(document), document.title(), text, began).join();
        WorkflowLibrary.Entry latest = saved.latest();
        if (saved.isConflict() || latest == null) {
            throw conflict(document);
        }
        return Answer.ok(view(shelf.find(name, latest.revision()).orElseThrow(() -> noSuch(name, latest.revision()))));
    }

    /// The stored revision that an author began with: none for whoever began with one that is read-only.
    private @Nullable String stored(String name, @Nullable String revision) {
        boolean isReadOnly =
                revision != null && shelf.find(name, revision).filter(WorkflowShelf.Shelved::isReadOnly).isPresent();
        return isReadOnly ? null : revision;
    }

    private HttpProblem conflict(WorkflowDocument document) {
        WorkflowShelf.Shelved latest = shelf.find(document.name(), null).orElse(null);
        Map<String, JsonNode> sides = new LinkedHashMap<>();
        sides.put("yours", new WorkflowWriter().tree(document));
        sides.put("theirs", latest == null ? JsonNodeFactory.instance.nullNode() : view(latest));
        return new HttpProblem(
                409,
                "server/conflict",
                latest == null
                        ? "There is no workflow \"" + document.name() + "\" yet. Leave If-Match out to make it."
                        : "The latest revision is "
                                + latest.revision()
                                + ". Look at both sides, then save again with If-Match: "
                                + latest.revision(),
                List.of(),
                sides);
    }

    private static @Nullable String unquoted(@Nullable String tag) {
        return tag == null ? null : tag.replace("\"", "");
    }

    private Answer validate(Request request) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        try {
            WorkflowDocument document = reader.read(request.json());
            view.put("revision", Revision.of(document));
            view.set("problems", JSON.valueToTree(requests.validate(document).list()));
        } catch (DocumentException e) {
            view.set("problems", JSON.valueToTree(e.problems()));
        }
        return Answer.ok(view);
    }
}
