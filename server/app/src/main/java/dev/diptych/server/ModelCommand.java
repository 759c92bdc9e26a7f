// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.hub.ComponentCheck;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.server.config.Places;
import dev.diptych.server.http.HttpFront;
import dev.diptych.server.http.ModelViews;
import dev.diptych.server.models.ModelAdder;
import dev.diptych.server.models.RemoteFile;
import dev.diptych.server.terminal.TransferLine;
import dev.diptych.server.transfer.Downloads;

import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/// Lists, shows, adds, removes and verifies models. Works on the folders themselves: a running server sees the change at once.
@Command(
        name = "model",
        description = "Lists, shows, adds, removes and verifies models.",
        mixinStandardHelpOptions = true)
final class ModelCommand implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "The data folder (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Prints JSON.")
    private boolean json;

    @Mixin private ModelFolders folders = new ModelFolders();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which of list, show, add, remove and verify?");
    }

    /// The models of an installation, while a command works with them.
    private record Installation(PluginHost plugins, ModelHub hub, ModelStore store) {}

    @FunctionalInterface
    private interface Work {
        int with(Installation models) throws IOException;
    }

    private int on(Work work) {
        Places places = folders.added(Places.of(data, System.getenv()));
        try (PluginHost plugins = PluginHost.open(LocalEngine.pluginFolders(places))) {
            FileDigests digests = new FileDigests(places.modelDigests());
            ModelHub hub = ModelFolders.hub(places, plugins, digests);
            return work.with(new Installation(plugins, hub, new ModelStore(places.data(), hub, digests)));
        } catch (NodeException e) {
            return complain(e.getMessage() + e.next().map(next -> " " + next).orElse(""));
        } catch (IOException | IllegalArgumentException e) {
            return complain(e.getMessage() == null ? e.toString() : e.getMessage());
        } finally {
            out().flush();
        }
    }

    private int complain(String message) {
        spec.commandLine().getErr().println(message);
        spec.commandLine().getErr().flush();
        return 1;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(name = "list", description = "Lists all models.")
    int list() {
        return on(models -> {
            List<ModelDescription> all = models.hub().list();
            if (json) {
                ArrayNode list = JSON.createArrayNode();
                all.forEach(model -> list.add(new ModelViews().summary(model)));
                out().println(list);
            } else if (all.isEmpty()) {
                out().println("No model is installed. Add one with: diptych model add");
            } else {
                ModelText.list(all, out());
            }
            return 0;
        });
    }

    @Command(name = "show", description = "Shows a model with its components.")
    int show(@Parameters(paramLabel = "MODEL", description = "Its name, as the list shows it.") String id) {
        return on(models -> {
            ModelDescription model = models.hub().describe(id);
            List<ComponentCheck> checks =
                    model.problem() == null || !model.components().isEmpty()
                            ? models.hub().check(id, new Architectures(models.plugins().extensions(Architecture.class)))
                            : List.of();
            if (json) {
                out().println(new ModelViews().details(model, checks));
            } else {
                ModelText.show(model, checks, models.hub().found(id).path(), out());
            }
            boolean isGood =
                    model.problem() == null
                            && checks.stream().allMatch(check -> check.report() == null || check.fits());
            return isGood ? 0 : 1;
        });
    }

    @Command(
            name = "add",
            description = {
                "Adds a model from a folder, a file of weights, or https URLs.",
                "What follows the folder that several URLs share is where the files go in the model. What was broken off is gone on with."
            })
    int add(
            @Parameters(paramLabel = "SOURCE", arity = "1..*", description = "A folder, a file, or URLs of files.")
                    List<String> sources,
            @Option(
                            names = "--as",
                            paramLabel = "NAME",
                            description =
                                    "Its name, as owner/name (default: the folder's or file's name; OWNER/NAME on huggingface.co).")
                    @Nullable String name,
            @Option(names = "--link", description = "Leaves the files where they are.") boolean links,
            @Option(names = "--sha256", paramLabel = "HEX", description = "That the file must have.")
                    @Nullable String sha256,
            @Option(names = "--private", description = "URLs may lead into private networks.") boolean allowsPrivate) {
        if (sha256 != null && !sha256.matches("[0-9a-fA-F]{64}")) {
            return complain("--sha256 " + sha256 + ": 64 hexadecimal digits are needed.");
        }
        boolean isRemote = sources.getFirst().matches("[A-Za-z][A-Za-z0-9+.-]*://.*");
        if (sha256 != null && (links || sources.size() > 1)) {
            return complain("--sha256 is of one file that is copied or fetched.");
        }
        if (!isRemote && sources.size() > 1 || isRemote && links) {
            return complain(
                    isRemote
                            ? "--link is for folders and files of this machine."
                            : "One folder or file is a model; add the others by themselves.");
        }
        return on(models ->
                added(
                        isRemote
                                ? fetch(models, sources, name, sha256, allowsPrivate)
                                : take(models, sources.getFirst(), name, links, sha256)));
    }

    private int added(ModelDescription model) {
        if (json) {
            out().println(new ModelViews().details(model, List.of()));
        } else {
            ModelText.added(model, out());
        }
        return 0;
    }

    private ModelDescription take(
            Installation models, String source, @Nullable String name, boolean links, @Nullable String sha256)
            throws IOException {
        Path place = Path.of(source).toAbsolutePath().normalize();
        if (!Files.exists(place)) {
            throw new IllegalArgumentException("There is no file or folder " + place + ".");
        }
        String id = name == null ? ModelText.nameOf(place) : name;
        if (links) {
            return models.store().link(place, id);
        }
        TransferLine line = line();
        try {
            return new ModelAdder(models.store()).copy(place, id, sha256, line::at);
        } finally {
            line.finish();
        }
    }

    private ModelDescription fetch(
            Installation models,
            List<String> urls,
            @Nullable String name,
            @Nullable String sha256,
            boolean allowsPrivate)
            throws IOException {
        List<RemoteFile> files = RemoteFile.of(urls, sha256);
        String id = name == null ? RemoteFile.hubName(urls.getFirst()) : name;
        if (id == null) {
            throw new IllegalArgumentException("--as is needed: the name that the model gets, as owner/name.");
        }
        TransferLine line = line();
        Vertx vertx = HttpFront.eventLoop();
        try (Downloads downloads = new Downloads(vertx)) {
            return new ModelAdder(models.store()).fetch(files, id, downloads, allowsPrivate, line::at);
        } finally {
            line.finish();
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private TransferLine line() {
        boolean isTerminal = System.console() != null && System.console().isTerminal() && !json;
        return new TransferLine(spec.commandLine().getErr(), isTerminal);
    }

    @Command(name = "remove", description = "Removes a model that was added.")
    int remove(@Parameters(paramLabel = "MODEL", description = "Its name, as the list shows it.") String id) {
        return on(models -> {
            models.store().remove(id);
            return 0;
        });
    }

    @Command(
            name = "verify",
            description =
                    "Reads models' files again, and fails if one differs from what it was with the same size and time, or if a model is broken.")
    int verify(
            @Parameters(paramLabel = "MODEL", arity = "0..*", description = "Their names (default: all).")
                    @Nullable List<String> ids) {
        return on(models -> {
            List<String> wanted = ids == null || ids.isEmpty() ? List.copyOf(models.hub().ids()) : ids;
            ArrayNode report = JSON.createArrayNode();
            AtomicInteger wrong = new AtomicInteger();
            for (String id : wanted) {
                verify(models.hub(), id, report, wrong);
            }
            if (json) {
                out().println(report);
            }
            return wrong.get() == 0 ? 0 : 1;
        });
    }

    private void verify(ModelHub hub, String id, ArrayNode report, AtomicInteger wrong) throws IOException {
        ObjectNode model = report.addObject().put("id", id);
        ArrayNode files = model.putArray("files");
        List<String> changed = new ArrayList<>();
        hub.verify(
                id,
                (file, digest, before) -> {
                    boolean isDamaged = before != null && !before.equals(digest);
                    files.addObject()
                            .put("file", file)
                            .put("sha256", digest)
                            .put("state", before == null ? "new" : isDamaged ? "damaged" : "good");
                    if (isDamaged) {
                        changed.add(file);
                    }
                });
        String problem = hub.describe(id).problem();
        model.put("problem", problem);
        wrong.addAndGet(changed.size() + (problem == null ? 0 : 1));
        if (!json) {
            String state =
                    problem != null
                            ? "broken: " + problem
                            : changed.isEmpty()
                                    ? "good, " + files.size() + " files"
                                    : "damaged: " + String.join(", ", changed) + ". Remove it, and add it again.";
            out().println(String.format(Locale.ROOT, "%s  %s", id, state));
        }
    }
}
