// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which archives may be loaded: file name to SHA-256. Written as a whole, under a temporary name, then renamed.
final class PluginLock {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final SortedMap<String, String> digests;

    private PluginLock(Path file, SortedMap<String, String> digests) {
        this.file = file;
        this.digests = digests;
    }

    /// @throws IOException if the file is there and is no lock file
    static PluginLock read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new PluginLock(file, new TreeMap<>());
        }
        try {
            TreeMap<String, String> digests = JSON.readValue(file.toFile(), new TypeReference<>() {});
            if (digests == null) {
                throw new IOException(file + " is damaged (it holds null). Remove it and add the plugins again.");
            }
            return new PluginLock(file, digests);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file + " is damaged (" + e.getOriginalMessage() + "). Remove it and add the plugins again.", e);
        }
    }

    Optional<String> digest(String fileName) {
        return Optional.ofNullable(digests.get(fileName));
    }

    void pin(String fileName, String digest) throws IOException {
        digests.put(fileName, digest);
        write();
    }

    void unpin(String fileName) throws IOException {
        digests.remove(fileName);
        write();
    }

    private void write() throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(digests));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
