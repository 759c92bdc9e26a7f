// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.ValueCodec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Entries as self-checking files without an index, shared by any number of processes. A damaged file is deleted and is a miss. Whoever finds the folder
/// over its limit evicts, oldest use first; one process at a time, the others go on.
final class DiskTier {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);
    private static final int DIGEST_BYTES = 32;
    private static final String PART = ".part";
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private final Path folder;
    private final long maxBytes;
    private final AtomicLong writtenSinceSweep = new AtomicLong();
    private final String process = UUID.randomUUID().toString();
    private final AtomicLong begun = new AtomicLong();

    DiskTier(Path folder, long maxBytes) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("entries"));
        this.maxBytes = maxBytes;
        writtenSinceSweep.set(maxBytes / 16);
    }

    /// False if there is surely nothing: that is the usual case, and cheap to know.
    boolean mayHave(String digest) {
        return Files.exists(path(digest));
    }

    /// @return values by port, or null
    @Nullable Map<?, ?> read(String digest) {
        Path file = path(digest);
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > DIGEST_BYTES) {
                MessageDigest sha256 = Digests.sha256();
                sha256.update(bytes, DIGEST_BYTES, bytes.length - DIGEST_BYTES);
                if (Arrays.equals(sha256.digest(), 0, DIGEST_BYTES, bytes, 0, DIGEST_BYTES)
                        && ValueCodec.decode(Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length))
                                instanceof Map<?, ?> values) {
                    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
                    return values;
                }
            }
            LOG.warn("The cache entry {} is damaged and was deleted", file);
            Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | RuntimeException e) {
            LOG.warn("The cache entry {} cannot be read: {}", file, e.toString());
        }
        return null;
    }

    /// A cache that cannot be written (a full disk, say) is slower, not broken: the failure is logged only.
    void write(String digest, CacheEntry entry) {
        Path file = path(digest);
        if (Files.exists(file)) {
            return;
        }
        Path next = folder.resolve(process + "-" + begun.incrementAndGet() + PART);
        try {
            byte[] bytes = entry.toFile();
            Files.write(next, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try {
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                Files.createDirectories(file.getParent());
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            }
            if (writtenSinceSweep.addAndGet(bytes.length) > maxBytes / 16) {
                writtenSinceSweep.set(0);
                evict();
            }
        } catch (IOException e) {
            LOG.warn("The cache entry {} cannot be written: {}", file, e.toString());
            deleteQuietly(next);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("{} cannot be deleted: {}", file, e.toString());
        }
    }

    private Path path(String digest) {
        return folder.resolve(digest.substring(0, 2)).resolve(digest);
    }

    private record Used(Path file, long bytes, FileTime at) {}

    private void evict() throws IOException {
        try (FileChannel channel =
                        FileChannel.open(
                                folder.resolve("eviction.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                return;
            }
            deleteLeftBehind();
            List<Used> entries = entries();
            long total = entries.stream().mapToLong(Used::bytes).sum();
            entries.sort(Comparator.comparing(Used::at));
            for (Used entry : entries) {
                if (total <= maxBytes) {
                    return;
                }
                Files.deleteIfExists(entry.file());
                total -= entry.bytes();
            }
        } catch (OverlappingFileLockException e) {
            // another thread of this process evicts
        }
    }

    /// What processes were writing when they died.
    private void deleteLeftBehind() throws IOException {
        Instant old = Instant.now().minus(LEFT_BEHIND);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
            for (Path part : parts) {
                if (Files.getLastModifiedTime(part).toInstant().isBefore(old)) {
                    deleteQuietly(part);
                }
            }
        }
    }

    private List<Used> entries() throws IOException {
        List<Used> entries = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder, 2)) {
            for (Path file :
                    (Iterable<Path>) walk.filter(path -> Digests.isDigest(path.getFileName().toString()))::iterator) {
                try {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    entries.add(new Used(file, attributes.size(), attributes.lastModifiedTime()));
                } catch (NoSuchFileException e) {
                    // another process evicted it meanwhile
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return entries;
    }
}
