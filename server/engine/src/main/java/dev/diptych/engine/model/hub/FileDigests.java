// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// SHA-256 of files, read once: what was computed is remembered by path, size and time of change, here and in a folder that several processes may share.
/// A file that changed within the last two seconds is not remembered, since a second change could have the same time. Thread-safe.
public final class FileDigests {
    private static final Logger LOG = LoggerFactory.getLogger(FileDigests.class);
    private static final Duration TOO_RECENT = Duration.ofSeconds(2);
    private static final long WORTH_A_WORD = 1L << 30;

    private final @Nullable Path folder;
    private final Map<Path, Remembered> known = new ConcurrentHashMap<>();
    private final Map<Path, Object> locks = new ConcurrentHashMap<>();

    private record Remembered(String stamp, String digest) {}

    /// @param folder of what is remembered, made when it is needed; null to remember in memory only
    public FileDigests(@Nullable Path folder) {
        this.folder = folder;
    }

    /// The digest of a file, hexadecimal. Blocks while the file is read, if it was not before.
    public String of(Path file) throws IOException {
        Path real = file.toRealPath();
        synchronized (locks.computeIfAbsent(real, _ -> new Object())) {
            Remembered remembered = remembered(real);
            return remembered == null ? computed(real) : remembered.digest();
        }
    }

    /// Reads the file again, whatever is remembered.
    ///
    /// @return its digest now
    public String again(Path file) throws IOException {
        Path real = file.toRealPath();
        synchronized (locks.computeIfAbsent(real, _ -> new Object())) {
            return computed(real);
        }
    }

    /// What is remembered of the file as it is now, without reading it; null if nothing is.
    public @Nullable String peek(Path file) throws IOException {
        Remembered remembered = remembered(file.toRealPath());
        return remembered == null ? null : remembered.digest();
    }

    /// Takes over what whoever wrote the file has computed on the way.
    void remember(Path file, String digest) throws IOException {
        Path real = file.toRealPath();
        keep(real, new Remembered(stamp(real), digest));
    }

    private @Nullable Remembered remembered(Path real) throws IOException {
        String stamp = stamp(real);
        Remembered inMemory = known.get(real);
        if (inMemory != null && inMemory.stamp().equals(stamp)) {
            return inMemory;
        }
        Path note = note(real);
        if (note == null) {
            return null;
        }
        try {
            List<String> lines = Files.readAllLines(note);
            if (lines.size() >= 2 && lines.getFirst().equals(stamp) && Digests.isDigest(lines.get(1))) {
                Remembered onDisk = new Remembered(stamp, lines.get(1));
                known.put(real, onDisk);
                return onDisk;
            }
        } catch (NoSuchFileException _) {
            // never hashed
        } catch (IOException e) {
            LOG.debug("What is remembered of {} cannot be read: {}", real, e.toString());
        }
        return null;
    }

    private String computed(Path real) throws IOException {
        String stamp = stamp(real);
        if (Files.size(real) > WORTH_A_WORD) {
            LOG.info(
                    "Reading {} for its digest ({} MB); this is done once", real.getFileName(), Files.size(real) >> 20);
        }
        Remembered computed = new Remembered(stamp, Digests.of(real));
        if (stamp.equals(stamp(real))) {
            keep(real, computed);
        }
        return computed.digest();
    }

    private void keep(Path real, Remembered remembered) throws IOException {
        if (Files.getLastModifiedTime(real).toInstant().isAfter(Instant.now().minus(TOO_RECENT))) {
            known.remove(real);
            return;
        }
        known.put(real, remembered);
        Path note = note(real);
        if (note == null) {
            return;
        }
        try {
            Files.createDirectories(note.getParent());
            Path next = Files.createTempFile(note.getParent(), "next", null);
            Files.write(next, List.of(remembered.stamp(), remembered.digest()));
            Files.move(next, note, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.debug("The digest of {} cannot be remembered: {}", real, e.toString());
        }
    }

    private @Nullable Path note(Path real) {
        return folder == null ? null : folder.resolve(Digests.of(real.toString()));
    }

    /// Differs after each change of the file.
    static String stamp(Path real) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime().toInstant() + " " + attributes.fileKey();
    }
}
