// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The files of a model with their sizes and times, so that a change is noticed without reading anything.
///
/// @param stamps by path as it is named in the model, folders included
record Snapshot(Map<Path, String> stamps) {
    private static final int DEEPEST = 3;
    private static final int MOST_FILES = 20_000;

    /// @param linksEnd links that leave this folder are not followed
    static Snapshot of(Path model, Path linksEnd) throws IOException {
        Map<Path, String> stamps = new LinkedHashMap<>();
        add(model.toRealPath(), linksEnd, 0, stamps);
        return new Snapshot(stamps);
    }

    private static void add(Path path, Path linksEnd, int depth, Map<Path, String> stamps) throws IOException {
        if (stamps.size() >= MOST_FILES || !path.toRealPath().startsWith(linksEnd)) {
            return;
        }
        stamps.put(path, stamp(path));
        if (!Files.isDirectory(path) || depth == DEEPEST) {
            return;
        }
        List<Path> inside;
        try (Stream<Path> entries = Files.list(path)) {
            inside = entries.limit(MOST_FILES).sorted().toList();
        }
        for (Path entry : inside) {
            if (Files.exists(entry)) {
                add(entry, linksEnd, depth + 1, stamps);
            }
        }
    }

    private static String stamp(Path path) {
        try {
            return FileDigests.stamp(path);
        } catch (IOException e) {
            return "missing";
        }
    }

    /// Whether nothing was added, taken away or changed since.
    boolean isCurrent() {
        return stamps.entrySet().stream().allMatch(entry -> stamp(entry.getKey()).equals(entry.getValue()));
    }

    /// The bytes of all files, one that is linked twice counted once.
    long bytes() throws IOException {
        Map<Path, Long> sizes = new LinkedHashMap<>();
        for (Path path : stamps.keySet()) {
            if (Files.isRegularFile(path)) {
                sizes.put(path.toRealPath(), Files.size(path));
            }
        }
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    /// The files, without the folders.
    List<Path> files() {
        return stamps.keySet().stream().filter(Files::isRegularFile).toList();
    }
}
