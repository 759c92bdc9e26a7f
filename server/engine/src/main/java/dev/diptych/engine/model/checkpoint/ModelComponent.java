// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A part of a model folder: a network, a scheduler, a tokenizer or what prepares its images. Opening weights is left to whoever needs them.
public final class ModelComponent {
    private static final Pattern SETTINGS = Pattern.compile(".*\\.(?:json|txt|model|vocab|bpe)");
    private static final Pattern ABOUT =
            Pattern.compile("(?i)(?:readme|licen[sc]e|notice).*|.*\\.index\\.json|.*\\.index\\..*\\.json");

    private final String name;
    private final @Nullable String library;
    private final @Nullable String indexClass;
    private final ObjectNode config;
    private final FolderFiles files;

    ModelComponent(
            String name, @Nullable String library, @Nullable String indexClass, ObjectNode config, FolderFiles files) {
        this.name = name;
        this.library = library;
        this.indexClass = indexClass;
        this.config = config;
        this.files = files;
    }

    /// As `model_index.json` has it, for example `unet`; `model` for a folder that is one network.
    public String name() {
        return name;
    }

    /// The library that `model_index.json` names: `diffusers`, `transformers`, or a module of the authors' own.
    public Optional<String> library() {
        return Optional.ofNullable(library);
    }

    /// The class that `model_index.json` asks for, or that the component's own configuration names.
    public Optional<String> className() {
        return indexClass != null ? Optional.of(indexClass) : configClassName();
    }

    /// The class that the component's own configuration names by `_class_name` or the first of `architectures`. Differs from [#className]
    /// where the file holds more, as a whole `CLIPModel` of which a pipeline takes the text tower.
    public Optional<String> configClassName() {
        String own = config.path("_class_name").textValue();
        return Optional.ofNullable(own != null ? own : config.path("architectures").path(0).textValue());
    }

    /// A copy of its configuration; empty if it has none.
    public ObjectNode config() {
        return config.deepCopy();
    }

    /// The folder it lies in, after links.
    public Path folder() {
        return files.folder();
    }

    /// A file beside the configuration, `merges.txt` say, after links.
    ///
    /// @throws NodeException `engine/outside-models` if it is a link that leaves the models' root
    public Optional<Path> file(String fileName) throws IOException {
        return files.find(fileName);
    }

    /// The variants of weights there are; the one without a word in its file's name is the empty text.
    public List<String> variants() throws IOException {
        return WeightFiles.in(files).variants();
    }

    /// The file that [#open] would open: the weights, or the index of weights in several files.
    ///
    /// @param variant for example `fp16`; where there is none such, and for null, the usual one
    public Optional<Path> weights(@Nullable String variant) throws IOException {
        return WeightFiles.in(files).choose(variant);
    }

    /// All files that [#open()] would read: the weights, or the index and the files it names. Empty if there are none.
    public List<Path> weightFiles() throws IOException {
        Optional<Path> file = weights(null);
        if (file.isEmpty() || !file.get().getFileName().toString().endsWith(".json")) {
            return file.stream().toList();
        }
        List<Path> all = new ArrayList<>(List.of(file.get()));
        String place = BadFile.place(file.get());
        for (String shard : ShardIndex.read(JsonFiles.read(file.get(), "engine/bad-index"), place).fileNames()) {
            files.find(shard).ifPresent(all::add);
        }
        return all;
    }

    /// The small files beside the weights that say how these are used: configurations, vocabularies. Sorted by name; a model's own description of
    /// itself (`README`, `LICENSE`) is left out.
    public List<Path> settingsFiles() throws IOException {
        List<Path> settings = new ArrayList<>();
        for (String file : files.names()) {
            if (SETTINGS.matcher(file).matches() && !ABOUT.matcher(file).matches()) {
                files.find(file).ifPresent(settings::add);
            }
        }
        return settings;
    }

    /// Maps the usual weights.
    public Checkpoint open() throws IOException {
        return open(null);
    }

    /// Maps the weights. The caller closes them.
    ///
    /// @param variant for example `fp16`; where there is none such, and for null, the usual one
    /// @throws NodeException `engine/no-weights`, or what the reader of the file says of it
    public Checkpoint open(@Nullable String variant) throws IOException {
        Optional<Path> file = weights(variant);
        if (file.isEmpty()) {
            List<String> variants = variants();
            throw NodeException.user(
                            "engine/no-weights",
                            "%s has no weights: a file as \"diffusion_pytorch_model.safetensors\", \"model.safetensors\" or \"pytorch_model.bin\" is needed.",
                            BadFile.place(folder()))
                    .next(
                            variants.isEmpty()
                                    ? "Fetch the missing file."
                                    : "Ask for one of the variants there are: " + String.join(", ", variants) + ".");
        }
        return file.get().getFileName().toString().endsWith(".json")
                ? ShardedCheckpoint.open(file.get(), files)
                : CheckpointFiles.openWeights(file.get());
    }

    @Override
    public String toString() {
        return name + " (" + className().orElse("no class") + ")";
    }
}
