// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/// Files named by the SHA-256 of their content, in `sha256/ab/abcd…`. A file is written under a temporary name, synced, renamed, and never changed after that.
/// Several processes may share a folder.
public final class AssetStore {
    private final Path root;
    private final Path incoming;

    public AssetStore(Path folder) throws IOException {
        root = Files.createDirectories(folder.resolve("sha256"));
        incoming = Files.createDirectories(folder.resolve("incoming"));
    }

    /// @param maxBytes longer content is refused, and nothing of it stays
    /// @return the digest
    /// @throws TooLargeException if there are more bytes than allowed
    public String write(InputStream content, long maxBytes) throws IOException {
        Path file = Files.createTempFile(incoming, "asset", null);
        try {
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
            String digest = HexFormat.of().formatHex(sha256.digest());
            Path target = path(digest);
            if (!Files.exists(target)) {
                Path folder = Files.createDirectories(root.resolve(digest.substring(0, 2)));
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
                sync(folder);
            }
            return digest;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    public String write(byte[] content) throws IOException {
        return write(new java.io.ByteArrayInputStream(content), Long.MAX_VALUE);
    }

    /// @return empty if there is no such file, or the text is no digest
    public Optional<Path> find(String digest) {
        if (!Digests.isDigest(digest)) {
            return Optional.empty();
        }
        Path file = path(digest);
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    public Optional<byte[]> read(String digest) throws IOException {
        Optional<Path> file = find(digest);
        try {
            return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(file.get()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /// All files, those of writes under way or given up included.
    public Stream<Path> all() throws IOException {
        return Stream.concat(Files.walk(root), Files.list(incoming)).filter(Files::isRegularFile);
    }

    private Path path(String digest) {
        return root.resolve(digest.substring(0, 2)).resolve(digest);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// More bytes than allowed.
    public static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        TooLargeException(long maxBytes) {
            super("At most " + maxBytes + " bytes are allowed");
        }
    }
}
