// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.value.Digests;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Says in words why a node ran again: what its key was at its owner's last run of it lies beside the entries.
final class MissReasons {
    private static final Logger LOG = LoggerFactory.getLogger(MissReasons.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHORT = 40;

    private final Path folder;

    MissReasons(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("last-keys"));
    }

    /// What differs from the last run, and notes this run as the last.
    ///
    /// @param place owner, workflow and node
    /// @param parts of the key, with short inputs shown as they are written
    String explain(String place, Map<String, String> parts) {
        Path file = folder.resolve(Digests.of(place));
        String reason = reason(file, parts);
        try {
            Path next = Files.createTempFile(folder, "key", null);
            Files.write(next, JSON.writeValueAsBytes(parts));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.debug("The last key of a node cannot be noted: {}", e.toString());
        }
        return reason;
    }

    private static String reason(Path file, Map<String, String> parts) {
        Map<String, String> before;
        try {
            before = JSON.readValue(Files.readAllBytes(file), new TypeReference<TreeMap<String, String>>() {});
        } catch (NoSuchFileException e) {
            return "first run";
        } catch (IOException e) {
            return "the last run is not known";
        }
        List<String> changes = new ArrayList<>();
        parts.forEach((name, value) -> {
            String old = before.remove(name);
            if (old == null) {
                changes.add(label(name) + " is new");
            } else if (!old.equals(value)) {
                boolean isShown =
                        CacheKey.port(name).isEmpty() ? name.equals(CacheKey.NODE) : isShort(old) && isShort(value);
                changes.add(label(name) + " changed" + (isShown ? " from " + old + " to " + value : ""));
            }
        });
        before.keySet().forEach(name -> changes.add(label(name) + " is no longer given"));
        return changes.isEmpty() ? "its result was no longer in the cache" : String.join(", ", changes);
    }

    private static boolean isShort(String value) {
        return value.length() <= SHORT;
    }

    private static String label(String part) {
        return CacheKey.port(part).isEmpty() ? part : CacheKey.port(part);
    }
}
