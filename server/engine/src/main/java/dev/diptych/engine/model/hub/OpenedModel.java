// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.EmbeddingSpace;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A model whose configurations are read; its weights are not. Valid while its [Snapshot] is current. Thread-safe.
final class OpenedModel {
    /// Stands for the pipeline itself where a component's name is asked for.
    static final String INDEX = "model_index";

    /// Stands for what prepares the pictures of a folder that is one network.
    static final String PREPROCESSOR = "preprocessor";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final FoundModel found;
    private final @Nullable ModelFolder folder;
    private final Snapshot snapshot;
    private final FileDigests digests;
    private final Map<String, String> identities = new ConcurrentHashMap<>();

    private OpenedModel(FoundModel found, @Nullable ModelFolder folder, Snapshot snapshot, FileDigests digests) {
        this.found = found;
        this.folder = folder;
        this.snapshot = snapshot;
        this.digests = digests;
    }

    /// @throws NodeException if its configurations cannot be used, with the reason
    static OpenedModel open(FoundModel found, FileDigests digests) throws IOException {
        Snapshot snapshot = Snapshot.of(found.path(), found.linksEnd());
        return new OpenedModel(found, found.isFile() ? null : found.open(), snapshot, digests);
    }

    FoundModel found() {
        return found;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /// Null for a single file.
    @Nullable ModelFolder folder() {
        return folder;
    }

    List<String> components() {
        return folder == null ? List.of(ModelFolder.ONLY) : List.copyOf(folder.components().keySet());
    }

    /// @throws NodeException `model/no-component`, naming the nearest there are
    ModelComponent component(String name) {
        if (folder == null) {
            throw NodeException.user(
                            "model/single-file",
                            "%s is a single file of weights without settings: which network it is for is not known.",
                            found.id())
                    .next("Put it into a folder of its own, with the config.json of its network beside it.");
        }
        if (folder.missing().containsKey(name)) {
            throw NodeException.user(
                            "model/no-component",
                            "%s: its model_index.json names the component \"%s\", but there is no folder of this name.",
                            found.id(),
                            name)
                    .next("Fetch it from where the model came from.");
        }
        ModelComponent component = folder.components().get(name);
        if (component == null) {
            String nearest = Suggestion.nearest(name, folder.components().keySet());
            throw NodeException.user(
                            "model/no-component", "The model %s has no component \"%s\".", found.id(), Shown.text(name))
                    .next(
                            (nearest == null ? "" : "Did you mean \"" + nearest + "\"? ")
                                    + "It has: "
                                    + String.join(", ", folder.components().keySet())
                                    + ".");
        }
        return component;
    }

    Config config(String name) throws IOException {
        if (name.equals(INDEX) && folder != null && !folder.components().containsKey(INDEX)) {
            return Architectures.config(found.id() + ", " + INDEX, folder.config());
        }
        if (name.equals(PREPROCESSOR) && folder != null && !folder.components().containsKey(name)) {
            Optional<Path> file = folder.file(PREPROCESSOR + "_config.json");
            if (file.isPresent() && JSON.readTree(file.get().toFile()) instanceof ObjectNode settings) {
                return Architectures.config(found.id() + ", " + PREPROCESSOR, settings);
            }
        }
        ModelComponent component = component(name);
        return Architectures.config(found.id() + ", " + name, component.config());
    }

    /// A digest of a component's weights and settings.
    String identity(String name) throws IOException {
        String known = identities.get(name);
        if (known != null) {
            return known;
        }
        ModelComponent component = component(name);
        List<Path> files = new ArrayList<>(component.settingsFiles());
        files.addAll(component.weightFiles());
        String identity = Digests.of(component.className().orElse("") + "\n" + digestsOf(files));
        identities.put(name, identity);
        return identity;
    }

    /// A digest of everything of the model that can be computed with.
    String digest() throws IOException {
        String known = identities.get("");
        if (known != null) {
            return known;
        }
        String digest;
        if (folder == null) {
            digest = digests.of(found.path());
        } else {
            StringBuilder text = new StringBuilder(Digests.of(folder.config().toString()));
            for (String component : components()) {
                text.append('\n').append(component).append(' ').append(identity(component));
            }
            digest = Digests.of(text.toString());
        }
        identities.put("", digest);
        return digest;
    }

    private String digestsOf(List<Path> files) throws IOException {
        Map<String, String> byName = new LinkedHashMap<>();
        for (Path file : files) {
            byName.put(file.getFileName().toString(), digests.of(file));
        }
        return byName.toString();
    }

    /// Maps a component's weights, or those of a single file. The caller closes them.
    Checkpoint open(String name) throws IOException {
        return folder == null ? CheckpointFiles.open(found.path().toRealPath()) : component(name).open();
    }

    /// The space of its encoders' embeddings, from whichever components have a projection; empty if none has.
    EmbeddingSpace embeddingSpace() throws IOException {
        Optional<String> text = Optional.empty();
        Optional<String> visual = Optional.empty();
        for (String name : components()) {
            if (folder == null || !component(name).weightFiles().isEmpty()) {
                try (Checkpoint checkpoint = open(name)) {
                    EmbeddingSpace space = EmbeddingSpace.of(checkpoint);
                    text = text.or(space::text);
                    visual = visual.or(space::visual);
                }
            }
        }
        return new EmbeddingSpace(text, visual);
    }
}
