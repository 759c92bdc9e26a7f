// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A model as published: a diffusers pipeline (`model_index.json` and a folder for each component), or one network of transformers or
/// diffusers (`config.json` and weights). Opening reads configurations only.
///
/// ```java
/// ModelFolder folder = ModelFolder.open(models.resolve("portraits/unclip"), models);
/// ModelComponent decoder = folder.component("decoder");        // UNet2DConditionModel
/// try (Checkpoint weights = decoder.open()) { … }
/// ```
public final class ModelFolder {
    /// The only component of a folder without `model_index.json`.
    public static final String ONLY = "model";

    private static final String CODE = "engine/bad-model-folder";
    private static final int MOST_COMPONENTS = 100;
    private static final List<String> CONFIG_FILES =
            List.of("config.json", "scheduler_config.json", "preprocessor_config.json", "tokenizer_config.json");

    private final FolderFiles files;
    private final ObjectNode config;
    private final SequencedMap<String, ModelComponent> components;
    private final Map<String, String> missing;

    private ModelFolder(
            FolderFiles files,
            ObjectNode config,
            SequencedMap<String, ModelComponent> components,
            Map<String, String> missing) {
        this.files = files;
        this.config = config;
        this.missing = Map.copyOf(missing);
        this.components = Collections.unmodifiableSequencedMap(components);
    }

    /// @param folder the model's
    /// @param root   the folder that models lie in; links that leave it are refused
    /// @throws IOException   if a file cannot be read
    /// @throws NodeException `engine/bad-model-folder` or `engine/outside-models`, with the reason
    public static ModelFolder open(Path folder, Path root) throws IOException {
        FolderFiles files = new FolderFiles(root, folder);
        Optional<Path> index = files.find("model_index.json");
        return index.isPresent() ? pipeline(files, index.get()) : single(files);
    }

    private static ModelFolder pipeline(FolderFiles files, Path index) throws IOException {
        ObjectNode config = JsonFiles.read(index, CODE);
        ModelIndex read = ModelIndex.read(config, BadFile.place(index));
        SequencedMap<String, ModelComponent> components = new LinkedHashMap<>();
        Map<String, String> missing = new HashMap<>();
        for (ModelIndex.Entry entry : read.components()) {
            Optional<FolderFiles> folder = files.findFolder(entry.name());
            if (folder.isEmpty()) {
                missing.put(entry.name(), entry.className());
                continue;
            }
            components.put(
                    entry.name(),
                    new ModelComponent(
                            entry.name(), entry.library(), entry.className(), config(folder.get()), folder.get()));
        }
        addUnlisted(files, read, components);
        return new ModelFolder(files, config, components, missing);
    }

    /// Folders that have a configuration, though the index does not name them: what was put beside a published pipeline.
    private static void addUnlisted(
            FolderFiles files, ModelIndex index, SequencedMap<String, ModelComponent> components) throws IOException {
        for (String name : files.names()) {
            if (components.size() >= MOST_COMPONENTS || components.containsKey(name) || index.absent().contains(name)) {
                continue;
            }
            Optional<FolderFiles> folder = files.findFolder(name);
            if (folder.isPresent()) {
                ObjectNode config = config(folder.get());
                if (!config.isEmpty()) {
                    components.put(name, new ModelComponent(name, null, null, config, folder.get()));
                }
            }
        }
    }

    private static ModelFolder single(FolderFiles files) throws IOException {
        ObjectNode config = config(files);
        ModelComponent only = new ModelComponent(ONLY, null, null, config, files);
        if (config.isEmpty() && only.weights(null).isEmpty()) {
            throw BadFile.of(
                    CODE,
                    BadFile.place(files.folder()),
                    "this is no model: \"model_index.json\", or \"config.json\" with weights, or one file of weights is needed.");
        }
        SequencedMap<String, ModelComponent> components = new LinkedHashMap<>();
        components.put(ONLY, only);
        return new ModelFolder(files, config, components, Map.of());
    }

    private static ObjectNode config(FolderFiles files) throws IOException {
        for (String name : CONFIG_FILES) {
            Optional<Path> file = files.find(name);
            if (file.isPresent()) {
                return JsonFiles.read(file.get(), CODE);
            }
        }
        return JsonNodeFactory.instance.objectNode();
    }

    /// The folder, after links.
    public Path path() {
        return files.folder();
    }

    /// The pipeline's class, `StableDiffusionPipeline` say; for one network its class.
    public Optional<String> className() {
        JsonNode name = config.path("_class_name");
        return Optional.ofNullable(
                name.isTextual() ? name.textValue() : config.path("architectures").path(0).textValue());
    }

    /// A copy of `model_index.json` with the pipeline's options, or of the only network's configuration.
    public ObjectNode config() {
        return config.deepCopy();
    }

    /// By name, in the order of `model_index.json`, then those it does not name. Components that it gives as null, and those whose folder is
    /// missing, are left out. Unmodifiable.
    public SequencedMap<String, ModelComponent> components() {
        return components;
    }

    /// The components that `model_index.json` names but that have no folder, with their classes. Unmodifiable.
    public Map<String, String> missing() {
        return missing;
    }

    /// @throws NodeException `engine/no-component` if there is none of this name, naming those there are
    public ModelComponent component(String name) {
        ModelComponent found = components.get(name);
        if (missing.containsKey(name)) {
            throw NodeException.user(
                            "engine/no-component",
                            "%s: model_index.json names the component \"%s\" (%s), but there is no folder of this name.",
                            BadFile.place(path()),
                            name,
                            Shown.text(missing.get(name)))
                    .next("Fetch it from where the model came from.");
        }
        if (found == null) {
            String nearest = Suggestion.sentence(name, components.keySet());
            throw NodeException.user(
                            "engine/no-component",
                            "%s has no component \"%s\".",
                            BadFile.place(path()),
                            Shown.text(name))
                    .next(nearest != null ? nearest : "It has: " + String.join(", ", components.keySet()) + ".");
        }
        return found;
    }

    /// A file of the folder itself, after links.
    ///
    /// @throws NodeException `engine/outside-models` if it is a link that leaves the models' root
    public Optional<Path> file(String fileName) throws IOException {
        return files.find(fileName);
    }
}
