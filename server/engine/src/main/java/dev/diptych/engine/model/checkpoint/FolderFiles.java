// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The files of a folder below the models' root. Symbolic links are followed while they end below the root.
final class FolderFiles {
    private static final int MOST_FILES = 10_000;

    private final Path root;
    private final Path folder;

    /// @param root   links that leave it are refused
    /// @param folder the root or a folder below it
    FolderFiles(Path root, Path folder) throws IOException {
        this.root = root.toRealPath();
        this.folder = inside(folder);
    }

    FolderFiles(Path root) throws IOException {
        this(root, root);
    }

    /// Whether this names something in a folder, and nothing outside it.
    static boolean isPlainName(String name) {
        return !name.isEmpty()
                && name.length() <= 255
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }

    Path folder() {
        return folder;
    }

    /// The file of this name, if there is one. What it returns is the real path, after links.
    ///
    /// @throws NodeException `engine/outside-models` if a link leaves the models' root
    Optional<Path> find(String name) throws IOException {
        return existing(name).filter(Files::isRegularFile);
    }

    /// The folder of this name, if there is one.
    Optional<FolderFiles> findFolder(String name) throws IOException {
        Optional<Path> found = existing(name).filter(Files::isDirectory);
        return found.isPresent() ? Optional.of(new FolderFiles(root, found.get())) : Optional.empty();
    }

    /// The names in this folder, sorted.
    List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.limit(MOST_FILES).map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Optional<Path> existing(String name) throws IOException {
        if (!isPlainName(name)) {
            return Optional.empty();
        }
        Path path = folder.resolve(name);
        return Files.exists(path) ? Optional.of(inside(path)) : Optional.empty();
    }

    private Path inside(Path path) throws IOException {
        Path real = path.toRealPath();
        if (!real.startsWith(root)) {
            throw NodeException.user(
                            "engine/outside-models",
                            "%s is a link that leaves the models' folder.",
                            Shown.text(BadFile.place(path)))
                    .next("Put the file there, or a link to another file below that folder.");
        }
        return real;
    }
}
