// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.value.DurableFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which archives may be loaded, by file name. Written as a whole, under a temporary name, then renamed.
final class PluginLock {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// @param sha256  of the archive
    /// @param id      of the plugin, which its archive may no longer tell; empty if an older Diptych pinned it
    /// @param version of the plugin; empty likewise
    record Pin(String sha256, String id, String version) {
        @JsonCreator
        Pin(
                @JsonProperty(value = "sha256", required = true) String sha256,
                @JsonProperty(value = "id", required = true) String id,
                @JsonProperty(value = "version", required = true) String version) {
            this.sha256 = sha256;
            this.id = id;
            this.version = version;
        }

        @JsonCreator
        static Pin ofDigest(String sha256) {
            return new Pin(sha256, "", "");
        }
    }

    private final Path file;
    private final SortedMap<String, Pin> pins;

    private PluginLock(Path file, SortedMap<String, Pin> pins) {
        this.file = file;
        this.pins = pins;
    }

    /// @throws IOException if the file is there and is no lock file
    static PluginLock read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new PluginLock(file, new TreeMap<>());
        }
        try {
            TreeMap<String, Pin> pins = JSON.readValue(file.toFile(), new TypeReference<>() {});
            if (pins == null || pins.containsValue(null)) {
                throw new IOException(file + " is damaged (it holds null). Remove it and add the plugins again.");
            }
            return new PluginLock(file, pins);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file + " is damaged (" + e.getOriginalMessage() + "). Remove it and add the plugins again.", e);
        }
    }

    Optional<Pin> pin(String fileName) {
        return Optional.ofNullable(pins.get(fileName));
    }

    /// Whether any archive has this digest.
    boolean pins(String sha256) {
        return pins.values().stream().anyMatch(pin -> pin.sha256().equals(sha256));
    }

    void pin(String fileName, Pin pin) throws IOException {
        pins.put(fileName, pin);
        write();
    }

    void unpin(String fileName) throws IOException {
        pins.remove(fileName);
        write();
    }

    private void write() throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(pins));
        DurableFiles.put(next, file);
    }
}
