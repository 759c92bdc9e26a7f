// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.ValueRule;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.engine.graph.ModelNames;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.graph.RunPlanner;
import dev.diptych.server.worker.link.AssignmentSize;
import dev.diptych.server.worker.link.WorkflowBundle;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Turns what a client asks for into a [JobRequest] that can run: reads it, finds its workflow, checks everything that can be
/// checked before a node runs. Thread-safe.
public final class RequestReader {
    private static final Set<String> FIELDS = Set.of("workflow", "inputs", "outputs", "priority", "options", "webhook");
    private static final Set<String> OPTIONS = Set.of("cache", "deterministic");
    private static final int MOST_PRIORITY = 100;

    private final NodeCatalog catalog;
    private final WorkflowShelf shelf;
    private final WorkflowReader reader;
    private final Limits limits;
    private final Predicate<String> isAsset;
    private final ModelNames models;

    /// @param isAsset whether a file with this hash is there; if so, it stays until the job is stored
    /// @param models  knows what is installed
    public RequestReader(
            NodeCatalog catalog,
            WorkflowShelf shelf,
            WorkflowReader reader,
            Limits limits,
            Predicate<String> isAsset,
            ModelNames models) {
        this.models = models;
        this.catalog = catalog;
        this.shelf = shelf;
        this.reader = reader;
        this.limits = limits;
        this.isAsset = isAsset;
    }

    /// @param body an object as the contract's `JobRequest` has it
    /// @param key  null for none
    /// @throws DocumentException with all problems
    /// @throws JobException      if there is no such workflow, or the job is larger than a worker can be told of
    public JobRequest read(JsonNode body, String owner, @Nullable IdempotencyKey key) {
        Problems problems = new Problems();
        checkForm(body, problems);
        problems.throwIfAny();
        ValueRule.check(body.path("inputs"), "inputs", problems);
        WorkflowDocument document = document(body.path("workflow"));
        Map<String, JsonNode> given = new LinkedHashMap<>();
        body.path("inputs").properties().forEach(input -> given.put(input.getKey(), input.getValue()));
        Set<String> outputs = new HashSet<>();
        body.path("outputs").forEach(output -> outputs.add(output.textValue()));

        WorkflowDocument upgraded = new Migrations(catalog).upgrade(document).document();
        SequencedMap<String, JsonNode> nested = new TreeMap<>();
        RunPlanner.Prepared run = null;
        try {
            run = new RunPlanner(catalog, planner(nested), models).prepare(upgraded, given, outputs);
        } catch (DocumentException e) {
            problems.addAll(e);
        }
        ObjectNode givenInputs = JsonNodeFactory.instance.objectNode();
        (run == null ? given : run.inputs().values()).forEach(givenInputs::set);
        String workflow = new WorkflowBundle(new WorkflowWriter().tree(upgraded), nested).text();
        String inputsText = givenInputs.toString();
        Set<String> assets = assets(List.of(workflow, inputsText), problems);
        problems.throwIfAny();
        checkSize(AssignmentSize.of(workflow, inputsText));
        return new JobRequest(
                owner,
                upgraded.name(),
                workflow,
                inputsText,
                new ArrayList<>(outputs),
                body.path("options").isObject() ? body.path("options").toString() : "{}",
                body.path("priority").asInt(0),
                Objects.requireNonNull(run).plan().plugins(),
                assets,
                key,
                body.path("webhook").textValue());
    }

    private static void checkSize(long bytes) {
        if (bytes > AssignmentSize.MAX_BYTES) {
            throw new JobException(
                    JobException.Reason.TOO_LARGE,
                    "With its inputs and the workflows nested in it the job takes "
                            + bytes
                            + " bytes, at most "
                            + AssignmentSize.MAX_BYTES
                            + " travel to a worker. Split it, or put data into assets and refer to these.");
        }
    }

    private Planner planner(Map<String, JsonNode> nested) {
        return new Planner(
                catalog,
                reference -> {
                    Optional<WorkflowDocument> found = shelf.document(reference);
                    found.ifPresent(document -> nested.put(reference, new WorkflowWriter().tree(document)));
                    return found;
                },
                limits);
    }

    /// Every problem of a document, also of nodes that no output needs.
    public Problems validate(WorkflowDocument document) {
        Problems problems = planner(new TreeMap<>()).problems(document, Set.of(), Map.of());
        models.of(new Migrations(catalog).upgrade(document).document(), catalog).forEach(problems::add);
        return problems;
    }

    /// Refuses what must not be stored. Node types and models that are not installed are kept.
    ///
    /// @throws DocumentException with all problems
    public void checkStorable(WorkflowDocument document) {
        planner(new TreeMap<>()).problemsOfKnownNodes(document).throwIfAny();
    }

    private WorkflowDocument document(JsonNode workflow) {
        if (!workflow.isTextual()) {
            return reader.read(workflow);
        }
        return shelf.document(workflow.textValue())
                .orElseThrow(() ->
                        new JobException(
                                JobException.Reason.NO_SUCH_WORKFLOW,
                                "There is no workflow \"" + shown(workflow.textValue()) + "\"."));
    }

    private static void checkForm(JsonNode body, Problems problems) {
        if (!body.isObject()) {
            problems.add("server/bad-request", "A JSON object is needed.", "Write {\"workflow\": …, \"inputs\": {…}}.");
            return;
        }
        body.fieldNames()
                .forEachRemaining(name -> {
                    if (!FIELDS.contains(name)) {
                        wrong(
                                problems,
                                name,
                                "There is no such field.",
                                "Allowed are workflow, inputs, outputs, priority, options and webhook.");
                    }
                });
        JsonNode workflow = body.path("workflow");
        if (!workflow.isObject() && !workflow.isTextual()) {
            wrong(
                    problems,
                    "workflow",
                    "A document or a name is needed.",
                    "Give a workflow document, the name of a stored one, or name@revision.");
        }
        if (body.has("inputs") && !body.path("inputs").isObject()) {
            wrong(problems, "inputs", "An object is needed.", "Write {\"name\": value}.");
        }
        boolean isNames = body.path("outputs").isArray();
        for (JsonNode output : body.path("outputs")) {
            isNames &= output.isTextual();
        }
        if (body.has("outputs") && !isNames) {
            wrong(problems, "outputs", "A list of names is needed.", "Leave it out for all outputs.");
        }
        JsonNode priority = body.path("priority");
        if (body.has("priority") && !(priority.isInt() && Math.abs(priority.intValue()) <= MOST_PRIORITY)) {
            wrong(
                    problems,
                    "priority",
                    priority + " is no whole number from -100 to 100.",
                    "Leave it out for 0; higher is earlier.");
        }
        if (body.has("webhook") && !body.path("webhook").isTextual()) {
            wrong(problems, "webhook", "A URL is needed.", null);
        }
        checkOptions(body, problems);
    }

    private static void checkOptions(JsonNode body, Problems problems) {
        if (!body.has("options")) {
            return;
        }
        if (!body.path("options").isObject()) {
            wrong(problems, "options", "An object is needed.", "Write {\"cache\": false}.");
        }
        for (Map.Entry<String, JsonNode> option : body.path("options").properties()) {
            if (!OPTIONS.contains(option.getKey()) || !option.getValue().isBoolean()) {
                wrong(
                        problems,
                        "options",
                        "\""
                                + shown(option.getKey())
                                + "\": "
                                + shown(option.getValue().toString())
                                + " is not allowed.",
                        "Allowed are cache and deterministic, true or false.");
            }
        }
    }

    private static void wrong(Problems problems, String field, String message, @Nullable String next) {
        problems.add(() -> new Problem("server/bad-request", null, null, shown(field), message, next));
    }

    /// The assets that are named; all must be there.
    private Set<String> assets(List<String> texts, Problems problems) {
        Set<String> named = new HashSet<>();
        texts.forEach(text -> named.addAll(OutputFiles.named(text)));
        for (String asset : named) {
            if (!isAsset.test(asset)) {
                problems.add(
                        "engine/no-asset",
                        "There is no asset \"" + asset + "\".",
                        "Upload the file again, and use the reference that the upload gives.");
            }
        }
        return named;
    }

    private static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
