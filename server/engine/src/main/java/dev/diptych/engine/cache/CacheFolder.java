// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// The folder of what is kept only to be faster, in folders by kind. Each of its files may go at any time, and comes back when it is needed. It is shared
/// by any number of processes, without an index. Whoever finds it over its limit evicts, oldest use first and of whatever kind; one process at a
/// time, the others go on. Thread-safe.
public final class CacheFolder {
    /// A limit that most disks have room for.
    public static final long USUAL_BYTES = 10L << 30;

    private static final Logger LOG = LoggerFactory.getLogger(CacheFolder.class);
    private static final String LOCK = "eviction.lock";
    private static final String PART = ".part";
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);
    private static final int BLOCK_BYTES = 4096;

    private final Path root;
    private final long maxBytes;
    private final AtomicLong writtenSinceEviction;
    private final String process = UUID.randomUUID().toString();
    private final AtomicLong begun = new AtomicLong();

    /// @param maxBytes near which it stays, with its files counted in blocks of the disk
    public CacheFolder(Path root, long maxBytes) throws IOException {
        this.root = Files.createDirectories(root).toRealPath();
        this.maxBytes = maxBytes;
        this.writtenSinceEviction = new AtomicLong(maxBytes / 16); // the first write looks what others left
    }

    /// The folder of one kind.
    public Path kind(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    /// Counts a file as used now.
    ///
    /// @return whether it is there
    public boolean use(Path file) throws IOException {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /// Writes a file whole, or not at all.
    ///
    /// @param file in the folder of a kind, at any depth
    public void write(Path file, byte[] bytes) throws IOException {
        Path next = root.resolve(process + "-" + begun.incrementAndGet() + PART);
        try {
            try {
                put(bytes, next, file);
            } catch (NoSuchFileException e) {
                Files.createDirectories(file.getParent());
                put(bytes, next, file);
            }
        } finally {
            Files.deleteIfExists(next);
        }
        if (writtenSinceEviction.addAndGet(onDisk(bytes.length)) > maxBytes / 16) {
            writtenSinceEviction.set(0);
            try {
                evict();
            } catch (IOException e) {
                LOG.warn("The cache {} cannot be kept within its limit: {}", root, e.toString());
            }
        }
    }

    private static void put(byte[] bytes, Path next, Path file) throws IOException {
        Files.write(next, bytes);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static long onDisk(long bytes) {
        return Math.ceilDiv(bytes, BLOCK_BYTES) * BLOCK_BYTES;
    }

    private record Used(Path file, long bytes, FileTime at) {}

    private void evict() throws IOException {
        try (FileChannel channel =
                        FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                return;
            }
            List<Used> files = files();
            long total = files.stream().mapToLong(Used::bytes).sum();
            files.sort(Comparator.comparing(Used::at));
            for (Used file : files) {
                if (total <= maxBytes) {
                    return;
                }
                Files.deleteIfExists(file.file());
                total -= file.bytes();
            }
        } catch (OverlappingFileLockException e) {
            // another thread of this process evicts
        }
    }

    /// What may be evicted. What processes were writing when they died is deleted on the way.
    private List<Used> files() throws IOException {
        FileTime old = FileTime.from(Instant.now().minus(LEFT_BEHIND));
        List<Used> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
                String name = file.getFileName().toString();
                try {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    if (name.endsWith(PART)) {
                        if (attributes.lastModifiedTime().compareTo(old) < 0) {
                            Files.deleteIfExists(file);
                        }
                    } else if (!name.equals(LOCK)) {
                        files.add(new Used(file, onDisk(attributes.size()), attributes.lastModifiedTime()));
                    }
                } catch (NoSuchFileException e) {
                    // another process evicted it, or wrote it to its end, meanwhile
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return files;
    }
}
