// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A model that is being gathered, file by file. A file that is not whole yet has `.part` after its name, and is gone on with by the next attempt.
///
/// @param id     of the model that it becomes
/// @param folder its own
public record ModelDraft(String id, Path folder) {
    private static final String PART = ".part";
    private static final int DEEPEST = 3;
    private static final int LONG_AGO_SECONDS = 5;

    /// Where a file of the model goes while it comes in.
    ///
    /// @param path below the model's folder, with `/` between at most three names
    /// @throws NodeException `model/bad-path` if it could lead elsewhere
    public Path part(String path) throws IOException {
        Path file = place(path);
        Files.createDirectories(file.getParent());
        return file.resolveSibling(file.getFileName() + PART);
    }

    /// Whether a file is there whole.
    public boolean has(String path) {
        return Files.isRegularFile(place(path));
    }

    private Path place(String path) {
        List<String> names = Arrays.asList(path.split("/", -1));
        if (names.size() > DEEPEST || !names.stream().allMatch(ModelId::isWord) || path.endsWith(PART)) {
            throw NodeException.user("model/bad-path", "\"%s\" cannot be a file of a model.", Shown.text(path))
                    .next("Write at most three names with slashes between them, as \"unet/config.json\".");
        }
        Path file = folder;
        for (String name : names) {
            file = file.resolve(name);
        }
        return file;
    }

    /// A file that came in is whole.
    public void complete(String path) throws IOException {
        Path file = place(path);
        Path part = part(path);
        // Nobody writes to it any more: its digest may be remembered, which for a file that is just changed would not
        // be safe.
        Files.setLastModifiedTime(part, FileTime.from(Instant.now().minusSeconds(LONG_AGO_SECONDS)));
        Files.move(
                part,
                file,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /// Forgets all of it.
    public void discard() throws IOException {
        ModelStore.delete(folder);
    }

    /// The digests of its files by their paths.
    ///
    /// @throws NodeException if a file is not whole
    Map<String, String> digests(FileDigests digests) throws IOException {
        Map<String, String> all = new TreeMap<>();
        for (Path file : files()) {
            String path = folder.relativize(file).toString();
            if (path.endsWith(PART)) {
                throw NodeException.user(
                                "model/unfinished",
                                "The file %s of %s is not whole.",
                                path.substring(0, path.length() - PART.length()),
                                id)
                        .next("Send the rest of it.");
            }
            all.put(path, digests.of(file));
        }
        return all;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        }
        return files;
    }

    /// The one file of weights that is all there is; null for a folder of several, or with settings beside it.
    @Nullable Path singleFile() throws IOException {
        List<Path> files = files();
        boolean isOne = files.size() == 1 && folder.equals(files.getFirst().getParent());
        return isOne && ModelScan.isWeights(files.getFirst().getFileName().toString()) ? files.getFirst() : null;
    }

    /// What it will be.
    ///
    /// @throws NodeException if it is no model
    ModelDescription describe(FileDigests digests) throws IOException {
        Path single = singleFile();
        FoundModel found = new FoundModel(id, ModelRoot.ofFolder(folder), single == null ? folder : single);
        ModelDescription description = ModelDescriber.describe(OpenedModel.open(found, digests));
        if (description.components().isEmpty() && description.problem() == null) {
            throw NodeException.user("model/no-model", "%s has no component.", id);
        }
        return description;
    }
}
