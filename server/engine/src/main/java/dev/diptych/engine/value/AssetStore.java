// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/// Files named by the SHA-256 of their content, in `sha256/ab/abcd…`. A file is written under a temporary name, synced, renamed, and its content never
/// changes after that. Its time of modification is when it was last written or [touched][#touch]. Several processes may share a folder.
public final class AssetStore {
    private final Path root;
    private final Path incoming;
    private final Object presence =
            new Object(); // held, for an instant, by what makes a file stay and by what deletes one

    public AssetStore(Path folder) throws IOException {
        root = DurableFiles.createFolders(root(folder));
        incoming = DurableFiles.createFolders(folder.resolve("incoming"));
    }

    /// Takes content in without keeping it yet: it is known by its digest then, and may still be refused.
    ///
    /// @param maxBytes longer content is refused, and nothing of it stays
    /// @throws TooLargeException if there are more bytes than allowed
    public Received receive(InputStream content, long maxBytes) throws IOException {
        Path file = Files.createTempFile(incoming, "asset", null);
        try {
            return new Received(file, copy(content, file, maxBytes));
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static String copy(InputStream content, Path file, long maxBytes) throws IOException {
        MessageDigest sha256 = Digests.sha256();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                total += read;
                if (total > maxBytes) {
                    throw new TooLargeException(maxBytes);
                }
                sha256.update(buffer, 0, read);
                out.write(buffer, 0, read);
            }
            channel.force(true);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /// Content that came whole, and goes again unless it is kept.
    public final class Received implements AutoCloseable {
        private final Path file;
        private final String digest;

        private Received(Path file, String digest) {
            this.file = file;
            this.digest = digest;
        }

        public String digest() {
            return digest;
        }

        /// Stores it to survive a power cut. Content that is there already counts as written now.
        public void keep() throws IOException {
            Path target = inRoot(root, digest);
            Path folder = Files.createDirectories(root.resolve(digest.substring(0, 2)));
            synchronized (presence) {
                if (!touch(digest)) {
                    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            DurableFiles.sync(folder); // also for what was there: who made it may not have come so far
            DurableFiles.sync(root);
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(file);
        }
    }

    /// @return the digest
    public String write(byte[] content) throws IOException {
        try (Received received = receive(new ByteArrayInputStream(content), Long.MAX_VALUE)) {
            received.keep();
            return received.digest();
        }
    }

    /// @return empty if there is no such file, or the text is no digest
    public Optional<Path> find(String digest) {
        return Digests.isDigest(digest)
                ? Optional.of(inRoot(root, digest)).filter(Files::isRegularFile)
                : Optional.empty();
    }

    public Optional<byte[]> read(String digest) throws IOException {
        Optional<Path> file = find(digest);
        try {
            return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(file.get()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /// Counts a file as written now, so that [#deleteUnused] spares it as it spares a new one.
    ///
    /// @return false if there is no such file, or the text is no digest
    public boolean touch(String digest) throws IOException {
        Optional<Path> file = find(digest);
        if (file.isEmpty()) {
            return false;
        }
        try {
            synchronized (presence) {
                Files.setLastModifiedTime(file.get(), FileTime.from(Instant.now()));
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /// Files that were neither written nor touched since, those of writes given up included.
    public Stream<Path> unused(FileTime since) throws IOException {
        return Stream.concat(Files.walk(root), Files.list(incoming))
                .filter(Files::isRegularFile)
                .filter(file -> isUnused(file, since));
    }

    /// Deletes a file unless it was written or touched since.
    ///
    /// @return whether it was deleted
    public boolean deleteUnused(Path file, FileTime since) throws IOException {
        synchronized (presence) {
            return isUnused(file, since) && Files.deleteIfExists(file);
        }
    }

    private static boolean isUnused(Path file, FileTime since) {
        try {
            return Files.getLastModifiedTime(file).compareTo(since) < 0;
        } catch (NoSuchFileException e) {
            return false; // a write that ended meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where the store of a folder has a file, whether it is there or not.
    public static Path path(Path folder, String digest) {
        return inRoot(root(folder), digest);
    }

    private static Path root(Path folder) {
        return folder.resolve("sha256");
    }

    private static Path inRoot(Path root, String digest) {
        return root.resolve(digest.substring(0, 2)).resolve(digest);
    }

    /// More bytes than allowed.
    public static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        TooLargeException(long maxBytes) {
            super("At most " + maxBytes + " bytes are allowed");
        }
    }
}
