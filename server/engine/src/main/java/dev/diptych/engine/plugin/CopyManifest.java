// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.value.Digests;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an unpacked copy of an archive consists of, as it was when the archive had passed all checks.
///
/// @param rules  [ArchiveCheck#RULES] that it passed
/// @param files  SHA-256 by path
/// @param marked as [BuildScan] has it
record CopyManifest(
        @JsonProperty(required = true) int rules,
        @JsonProperty(required = true) SortedMap<String, String> files,
        @JsonProperty(required = true) List<String> marked) {
    private static final Logger LOG = LoggerFactory.getLogger(CopyManifest.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NO_FILE = "";

    static CopyManifest of(Path folder) throws IOException {
        TreeMap<String, String> digests = new TreeMap<>();
        for (Map.Entry<String, Path> file : listed(folder).entrySet()) {
            digests.put(file.getKey(), digest(file.getValue()));
        }
        return new CopyManifest(ArchiveCheck.RULES, digests, BuildScan.marked(folder));
    }

    /// @return empty if there is none that can be used
    static Optional<CopyManifest> read(Path file) {
        try {
            CopyManifest manifest = JSON.readValue(Files.readAllBytes(file), CopyManifest.class);
            return manifest != null && manifest.rules == ArchiveCheck.RULES ? Optional.of(manifest) : Optional.empty();
        } catch (NoSuchFileException _) {
            // never unpacked
        } catch (IOException e) {
            LOG.debug("{} cannot be read: {}", file, e.toString());
        }
        return Optional.empty();
    }

    void write(Path file) throws IOException {
        Files.write(file, JSON.writeValueAsBytes(this));
    }

    /// @return how the folder differs from this, as the end of a sentence; empty if it does not
    Optional<String> difference(Path folder) throws IOException {
        SortedMap<String, Path> found = listed(folder);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path there = found.remove(file.getKey());
            if (there == null) {
                return Optional.of(file.getKey() + " is missing");
            }
            if (!digest(there).equals(file.getValue())) {
                return Optional.of(file.getKey() + " has other content");
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(found.firstKey() + " is there besides");
    }

    private static SortedMap<String, Path> listed(Path folder) throws IOException {
        TreeMap<String, Path> files = new TreeMap<>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        files.put(folder.relativize(file).toString(), file);
                        return FileVisitResult.CONTINUE;
                    }
                });
        return files;
    }

    /// A link is none of the files that were unpacked, whatever it leads to.
    private static String digest(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Digests.of(file) : NO_FILE;
    }
}
