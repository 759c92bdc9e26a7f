// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Says in words why a node ran again. What the parts of each node's key were at its owner's last run lies in one file for each
/// workflow of an owner, written after the run.
final class MissReasons {
    private static final Logger LOG = LoggerFactory.getLogger(MissReasons.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHORT = 40;
    private static final long NODES_IN_MEMORY = 100_000;

    private final CacheFolder cache;
    private final Path folder;
    private final Cache<String, Notes> recent =
            Caffeine.newBuilder()
                    .maximumWeight(NODES_IN_MEMORY)
                    .weigher((String _, Notes notes) -> 1 + notes.parts.size())
                    .build();

    MissReasons(CacheFolder cache) throws IOException {
        this.cache = cache;
        this.folder = cache.kind("last-keys");
    }

    /// The parts of each node's key at the last run.
    private static final class Notes {
        private final Map<String, Map<String, String>> parts;
        private volatile boolean isChanged;

        private Notes(Map<String, Map<String, String>> parts) {
            this.parts = new ConcurrentHashMap<>(parts);
        }
    }

    /// Notes what a node's key is made from now.
    ///
    /// @param workflow owner and workflow
    /// @param parts    of the key, with short inputs shown as they are written
    /// @return what they were before; null if there was no run
    @Nullable Map<String, String> note(String workflow, String node, Map<String, String> parts) {
        Notes notes = notes(workflow);
        Map<String, String> before = notes.parts.put(node, parts);
        notes.isChanged |= !parts.equals(before);
        return before;
    }

    private Notes notes(String workflow) {
        Notes known = recent.getIfPresent(workflow);
        if (known != null) {
            return known;
        }
        return recent.get(workflow, _ -> read(path(workflow)));
    }

    private Notes read(Path file) {
        try {
            cache.use(file);
            return new Notes(
                    JSON.readValue(
                            Files.readAllBytes(file), new TypeReference<TreeMap<String, Map<String, String>>>() {}));
        } catch (NoSuchFileException e) {
            return new Notes(Map.of());
        } catch (IOException e) {
            LOG.debug("What the last run was is not known: {}", e.toString());
            return new Notes(Map.of());
        }
    }

    /// Whether [#write] has something to write.
    boolean isChanged(String workflow) {
        Notes notes = recent.getIfPresent(workflow);
        return notes != null && notes.isChanged;
    }

    void write(String workflow) {
        Notes notes = recent.getIfPresent(workflow);
        if (notes == null || !notes.isChanged) {
            return;
        }
        notes.isChanged = false;
        try {
            cache.write(path(workflow), JSON.writeValueAsBytes(notes.parts));
        } catch (IOException e) {
            LOG.debug("The keys of a run cannot be noted: {}", e.toString());
        }
    }

    private Path path(String workflow) {
        return folder.resolve(Digests.of(workflow));
    }

    /// What differs from the last run, in words.
    static String reason(@Nullable Map<String, String> before, Map<String, String> parts) {
        if (before == null) {
            return "first run";
        }
        Map<String, String> left = new TreeMap<>(before);
        List<String> changes = new ArrayList<>();
        new TreeMap<>(parts)
                .forEach((name, value) -> {
                    String old = left.remove(name);
                    if (old == null && CacheKey.isModel(name)) {
                        return; // an input tells it
                    }
                    if (old == null) {
                        changes.add(label(name) + " is new");
                    } else if (!old.equals(value)) {
                        boolean isShown =
                                CacheKey.port(name).isEmpty()
                                        ? name.equals(CacheKey.NODE)
                                        : isShort(old) && isShort(value);
                        changes.add(label(name) + " changed" + (isShown ? " from " + old + " to " + value : ""));
                    }
                });
        left.keySet().removeIf(CacheKey::isModel);
        left.keySet().forEach(name -> changes.add(label(name) + " is no longer given"));
        return changes.isEmpty() ? "its result was no longer in the cache" : String.join(", ", changes);
    }

    private static boolean isShort(String value) {
        return value.length() <= SHORT;
    }

    private static String label(String part) {
        return CacheKey.port(part).isEmpty() ? part : CacheKey.port(part);
    }
}
