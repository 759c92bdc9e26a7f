// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.EmbeddingSpace;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.adapter.Adapter;
import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final @Nullable SingleFileParts file;
    private final Snapshot snapshot;
    private final FileDigests digests;
    private final Map<String, String> identities = new ConcurrentHashMap<>();

    private OpenedModel(
            FoundModel found,
            @Nullable ModelFolder folder,
            @Nullable SingleFileParts file,
            Snapshot snapshot,
            FileDigests digests) {
        this.found = found;
        this.folder = folder;
        this.file = file;
        this.snapshot = snapshot;
        this.digests = digests;
    }

    /// @throws NodeException if its configurations cannot be used, with the reason
    static OpenedModel open(FoundModel found, FileDigests digests) throws IOException {
        Snapshot snapshot = Snapshot.of(found.path(), found.linksEnd());
        Optional<Path> weights = found.weights();
        return weights.isPresent()
                ? new OpenedModel(found, null, SingleFileParts.of(weights.get()), snapshot, digests)
                : new OpenedModel(found, found.open(), null, snapshot, digests);
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
        return folder != null ? List.copyOf(folder.components().keySet()) : file().components();
    }

    private SingleFileParts file() {
        return Objects.requireNonNull(file);
    }

    /// The single file.
    private Path weights() throws IOException {
        return found.weights().orElseThrow();
    }

    /// What a single file is; empty for a folder.
    Optional<LayoutMarks.Layout> layout() {
        return Optional.ofNullable(file).map(SingleFileParts::layout);
    }

    /// @throws NodeException `model/no-component`, naming the nearest there are
    boolean hasWeights(String name) throws IOException {
        return folder != null ? component(name).weights(null).isPresent() : file().hasWeights(checked(name));
    }

    /// The class of a component, as its pipeline or its own settings name it; what its settings call its kind where they name no class.
    ///
    /// @throws NodeException `model/no-component`, or `model/single-file` for a file that says nothing of what it is
    String className(String name) {
        if (folder != null) {
            ModelComponent component = component(name);
            return component.className().orElseGet(() -> component.config().path("model_type").asText());
        }
        String className = file().className(checked(name));
        if (className.isEmpty()) {
            throw NodeException.user(
                            "model/single-file",
                            "%s is a single file of weights without settings: which network it is for is not known.",
                            found.id())
                    .next("Put it into a folder of its own, with the config.json of its network beside it.");
        }
        return className;
    }

    /// @return the same
    private String checked(String name) {
        if (!components().contains(name)) {
            throw noComponent(name);
        }
        return name;
    }

    private NodeException noComponent(String name) {
        String nearest = Suggestion.nearest(name, components());
        return NodeException.user(
                        "model/no-component", "The model %s has no component \"%s\".", found.id(), Shown.text(name))
                .next(
                        (nearest == null ? "" : "Did you mean \"" + nearest + "\"? ")
                                + "It has: "
                                + String.join(", ", components())
                                + ".");
    }

    /// A component of a folder.
    ///
    /// @throws NodeException `model/no-component`, naming the nearest there are, or `model/single-file` if there is no folder
    ModelComponent component(String name) {
        if (folder == null) {
            throw NodeException.user("model/single-file", "%s is a single file; it has no files beside it.", found.id())
                    .next("Use the model as a folder, as diffusers publishes it.");
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
            throw noComponent(name);
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
        String place = found.id() + ", " + name;
        if (folder == null) {
            className(name); // which refuses a file without settings
            return new Config(place, file().settings().getOrDefault(name, Map.of()));
        }
        return Architectures.config(place, component(name).config());
    }

    /// A digest of a component's weights and settings.
    String identity(String name) throws IOException {
        String known = identities.get(name);
        if (known != null) {
            return known;
        }
        if (folder == null) {
            return Digests.of(checked(name) + "\n" + digest());
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
        Optional<Path> config = configBeside();
        return config.isEmpty() ? ownDigest() : Digests.of(ownDigest() + "\n" + digests.of(config.get()));
    }

    private String ownDigest() throws IOException {
        String known = identities.get("");
        if (known != null) {
            return known;
        }
        String digest;
        if (folder == null) {
            digest = digests.of(weights());
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

    /// What PEFT keeps beside an adapter's weights; empty if there is no such file.
    Optional<byte[]> adapterConfig() throws IOException {
        Optional<Path> file = folder == null ? configBeside() : folder.file(Adapter.CONFIG);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            return Optional.of(in.readNBytes(StrictJson.DEFAULT_MAX_BYTES + 1));
        }
    }

    /// The file of that, for weights that are a single file or a link to one.
    private Optional<Path> configBeside() throws IOException {
        if (folder != null || !components().equals(List.of(ModelFolder.ONLY))) {
            return Optional.empty();
        }
        Path models = found.root().folder().toRealPath();
        for (Path weights : List.of(weights().toRealPath(), weights())) {
            Path file = weights.resolveSibling(Adapter.CONFIG);
            if (Files.isRegularFile(file)) {
                Path real = file.toRealPath();
                if (real.startsWith(models) || real.startsWith(found.linksEnd())) {
                    return Optional.of(real);
                }
            }
        }
        return Optional.empty();
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
        return folder == null ? SingleFileParts.open(weights(), checked(name)) : component(name).open();
    }

    /// The space of its encoders' embeddings, from whichever components have a projection; empty if none has.
    EmbeddingSpace embeddingSpace() throws IOException {
        Optional<String> text = Optional.empty();
        Optional<String> visual = Optional.empty();
        for (String name : components()) {
            if (hasWeights(name)) {
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
