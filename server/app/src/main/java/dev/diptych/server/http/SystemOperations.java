// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.jobs.Backup;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.WorkerState;
import dev.diptych.server.security.Principal;
import dev.diptych.server.security.Scope;
import dev.diptych.server.security.Tokens;
import dev.diptych.server.worker.link.ToServer;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/// What is installed, who is connected, who may come in, and how it all is.
final class SystemOperations {
    private final JobService jobs;
    private final Tokens tokens;
    private final List<PluginReport> plugins;
    private final Backup backup;
    private final Supplier<String> metrics;
    private final String version;

    SystemOperations(
            JobService jobs,
            Tokens tokens,
            List<PluginReport> plugins,
            Backup backup,
            Supplier<String> metrics,
            String version) {
        this.jobs = jobs;
        this.tokens = tokens;
        this.plugins = plugins;
        this.backup = backup;
        this.metrics = metrics;
        this.version = version;
    }

    void addTo(Handlers handlers) {
        handlers.add("listPlugins", Scope.READ, _ -> Answer.ok(plugins()));
        handlers.add("listWorkers", Scope.READ, request -> Answer.ok(workers(request.principal())));
        handlers.add("listDevices", Scope.READ, _ -> Answer.ok(devices()));
        handlers.add("listTokens", Scope.ADMIN, _ -> Answer.ok(tokens()));
        handlers.add("createToken", Scope.ADMIN, this::createToken);
        handlers.add("revokeToken", Scope.ADMIN, this::revokeToken);
        handlers.add("makeBackup", Scope.ADMIN, this::makeBackup);
        handlers.add("getHealth", Scope.READ, _ -> health());
        handlers.add(
                "getMetrics", Scope.READ, _ -> Answer.text("text/plain; version=0.0.4; charset=utf-8", metrics.get()));
    }

    private ObjectNode devices() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("devices");
        for (WorkerState worker : jobs.workers()) {
            for (ToServer.Device state : worker.devices()) {
                ObjectNode device = list.addObject();
                device.put("worker", worker.name());
                device.put("id", state.id());
                device.put("kind", state.kind());
                device.put("budgetBytes", state.budgetBytes());
                device.put("usedBytes", state.usedBytes());
                ArrayNode models = device.putArray("models");
                state.models().forEach(models::add);
            }
        }
        return view;
    }

    private ObjectNode plugins() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("plugins");
        for (PluginReport report : plugins) {
            ObjectNode plugin = list.addObject();
            plugin.put("id", report.id());
            plugin.put("version", report.version());
            plugin.put("state", report.state().name().toLowerCase(Locale.ROOT));
            plugin.put("digest", report.digest());
            plugin.put("reason", report.reason());
            plugin.put("fix", report.fix());
            ArrayNode nodes = plugin.putArray("nodes");
            report.nodes().forEach(nodes::add);
        }
        return view;
    }

    /// Everybody sees the workers, and on them their own jobs.
    private ObjectNode workers(Principal principal) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("workers");
        for (WorkerState state : jobs.workers()) {
            ObjectNode worker = list.addObject();
            worker.put("name", state.name());
            worker.put("slots", state.slots());
            worker.put("draining", state.isDraining());
            ArrayNode held = worker.putArray("jobs");
            state.jobs().stream()
                    .filter(job -> principal.isAdmin() || JobOperations.find(jobs, job, principal).isPresent())
                    .forEach(held::add);
        }
        return view;
    }

    private ObjectNode tokens() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("tokens");
        tokens.list().forEach(token -> list.add(view(token)));
        return view;
    }

    private static ObjectNode view(Tokens.Info token) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", token.id());
        view.put("owner", token.owner());
        ArrayNode scopes = view.putArray("scopes");
        token.scopes().stream().sorted().forEach(scope -> scopes.add(scope.text()));
        view.put("created", token.created().toString());
        view.put("revoked", token.isRevoked());
        return view;
    }

    private Answer createToken(Request request) {
        JsonNode body = request.object("owner", "scopes");
        JsonNode owner = body.path("owner");
        if (!owner.isTextual() || !body.path("scopes").isArray()) {
            throw HttpProblem.badRequest("A token needs an owner, a text, and scopes, a list of texts.");
        }
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        try {
            for (JsonNode scope : body.path("scopes")) {
                scopes.add(Scope.of(scope.asText()));
            }
            Tokens.Created created = tokens.create(owner.textValue(), scopes);
            return Answer.json(201, view(created.info()).put("token", created.text()));
        } catch (IllegalArgumentException e) {
            throw HttpProblem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private Answer revokeToken(Request request) {
        if (!tokens.revoke(request.parameter("id"))) {
            throw HttpProblem.notFound("token \"" + Request.shown(request.parameter("id")) + "\" that is not revoked");
        }
        return Answer.empty(204);
    }

    private Answer makeBackup(Request request) {
        String folder = request.object("folder").path("folder").asText();
        try {
            int files = backup.make(absolute(folder));
            ObjectNode view = JsonNodeFactory.instance.objectNode();
            return Answer.json(201, view.put("folder", folder).put("files", files));
        } catch (IllegalArgumentException e) {
            throw HttpProblem.badRequest(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new HttpProblem(507, "server/backup-failed", "The backup failed: " + e.getMessage() + ".");
        }
    }

    private static Path absolute(String folder) {
        try {
            Path path = Path.of(folder);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException _) {
            // told below
        }
        throw HttpProblem.badRequest("The absolute path of a folder is needed, on the machine of the server.");
    }

    private Answer health() {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        boolean isStoreUp = jobs.isStoreUp();
        view.put("status", isStoreUp ? "up" : "down");
        view.put("version", version);
        view.putObject("checks").put("store", isStoreUp ? "up" : "down");
        return Answer.json(isStoreUp ? 200 : 503, view);
    }
}
