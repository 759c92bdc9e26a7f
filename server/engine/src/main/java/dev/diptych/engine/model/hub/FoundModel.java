// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.ModelFolder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// A model where it lies: a folder, or one file.
///
/// @param id   its name
/// @param root the folder of models that it was found in
/// @param path of the folder or file, as it is named there
public record FoundModel(String id, ModelRoot root, Path path) {
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

    ModelFolder open() throws IOException {
        return ModelFolder.open(path, linksEnd());
    }
}
