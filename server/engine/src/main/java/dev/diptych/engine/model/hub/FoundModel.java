// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.ModelFolder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A model where it lies: a folder, or one file.
///
/// @param id   its name
/// @param root the folder of models that it was found in
/// @param path of the folder or file, as it is named there
public record FoundModel(String id, ModelRoot root, Path path) {
    /// What the weights of an adapter are called that lies in a folder of its own.
    static final List<String> ADAPTERS = List.of("adapter_model.safetensors", "pytorch_lora_weights.safetensors");

    /// What says of a folder which components it has.
    static final List<String> SETTINGS = List.of("model_index.json", "config.json");

    public boolean isFile() {
        return Files.isRegularFile(path);
    }

    /// Below which links are followed: the folder of models; or the model's own place where it is itself a link out of there, which only somebody with
    /// access to that folder can have made.
    Path linksEnd() throws IOException {
        Path models = root.folder().toRealPath();
        Path real = path.toRealPath();
        return real.startsWith(models) ? models : isFile() ? Objects.requireNonNull(real.getParent()) : real;
    }

    /// The file of weights that this is: the file itself, or in a folder of an adapter, as PEFT and diffusers save them, the one that is named so. Empty for
    /// a folder with components, and where a link leads out of the models: opening the folder refuses that.
    Optional<Path> weights() throws IOException {
        if (isFile()) {
            return Optional.of(path);
        }
        if (SETTINGS.stream().map(path::resolve).anyMatch(Files::exists)) {
            return Optional.empty();
        }
        Optional<Path> adapter = ADAPTERS.stream().map(path::resolve).filter(Files::isRegularFile).findFirst();
        return adapter.isPresent() && adapter.get().toRealPath().startsWith(linksEnd()) ? adapter : Optional.empty();
    }

    ModelFolder open() throws IOException {
        return ModelFolder.open(path, linksEnd());
    }
}
