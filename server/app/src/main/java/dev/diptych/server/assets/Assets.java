// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import dev.diptych.api.value.Image;
import dev.diptych.engine.value.AssetStore;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.JpegWriter;
import dev.diptych.engine.value.Thumbnails;
import dev.diptych.server.store.ClaimStore;
import dev.diptych.server.store.Database;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The assets of a server. What it does touches the disk: it is called on threads that may wait.
public final class Assets {
    private static final double THUMBNAIL_QUALITY = 0.85;
    private static final int HEAD_BYTES = 12;
    private static final int DECODING_AT_ONCE = 2;

    private final AssetStore files;
    private final dev.diptych.server.store.AssetStore rows;
    private final ImageFiles images;
    private final Path thumbnails;
    private final Semaphore decoding = new Semaphore(DECODING_AT_ONCE);
    private final ReadWriteLock sweeping = new ReentrantReadWriteLock();

    public Assets(Database database, Path folder, Path cache, ImageFiles images) throws IOException {
        this.files = new AssetStore(folder);
        this.rows = new dev.diptych.server.store.AssetStore(database);
        this.images = images;
        this.thumbnails = Files.createDirectories(cache.resolve("thumbnails"));
    }

    /// A file and what is known of it.
    ///
    /// @param mediaType told by its first bytes
    public record Asset(String sha256, long bytes, String mediaType) {}

    /// Stores what comes, under the hash of what came. Content that is there already is stored once.
    ///
    /// @param maxBytes longer content is refused
    /// @throws AssetStore.TooLargeException if there is more
    public Asset add(InputStream content, long maxBytes, String owner) throws IOException {
        sweeping.readLock().lock();
        try {
            String sha256 = files.write(content, maxBytes);
            Asset asset = find(sha256).orElseThrow(() -> new NoSuchFileException(sha256));
            rows.add(
                            new dev.diptych.server.store.AssetStore.Asset(
                                    sha256, asset.bytes(), asset.mediaType(), owner, System.currentTimeMillis()))
                    .join();
            return asset;
        } finally {
            sweeping.readLock().unlock();
        }
    }

    /// @return empty if there is no such file, or the text is no hash
    public Optional<Asset> find(String sha256) {
        return files.find(sha256).flatMap(file -> described(sha256, file));
    }

    private static Optional<Asset> described(String sha256, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(new Asset(sha256, Files.size(file), ImageFiles.mediaType(in.readNBytes(HEAD_BYTES))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As jobs ask for their outputs.
    public Optional<ClaimStore.OutputFile> output(String sha256) {
        return find(sha256).map(asset -> new ClaimStore.OutputFile(asset.sha256(), asset.bytes(), asset.mediaType()));
    }

    public Optional<Path> file(String sha256) {
        return files.find(sha256);
    }

    /// Checks that a file can be read as a picture, within the limits.
    ///
    /// @return the picture's size, width and height
    /// @throws dev.diptych.api.error.NodeException if not
    public int[] checkPicture(String sha256) throws IOException {
        Image image = decoded(sha256);
        return new int[] {image.width(), image.height()};
    }

    /// A JPEG that is at most this wide and high. Made once, then kept in the cache folder.
    ///
    /// @param longest 16 to 1024 pixels
    /// @return empty if there is no such asset
    /// @throws dev.diptych.api.error.NodeException if it is no picture
    public Optional<Path> thumbnail(String sha256, int longest) throws IOException {
        if (file(sha256).isEmpty()) {
            return Optional.empty();
        }
        Path made = thumbnails.resolve(sha256 + "-" + longest + ".jpg");
        if (!Files.exists(made)) {
            byte[] bytes = JpegWriter.write(Thumbnails.of(decoded(sha256), longest), THUMBNAIL_QUALITY);
            Path next = Files.createTempFile(thumbnails, "thumbnail", null);
            try {
                Files.write(next, bytes);
                Files.move(
                        next,
                        made,
                        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(next);
            }
        }
        return Optional.of(made);
    }

    private Image decoded(String sha256) throws IOException {
        decoding.acquireUninterruptibly();
        try {
            byte[] bytes = files.read(sha256).orElseThrow(() -> new NoSuchFileException(sha256));
            return images.read(bytes, "asset:" + sha256);
        } finally {
            decoding.release();
        }
    }

    /// Runs something during which no file disappears, such as a backup.
    public void withoutSweep(Action action) throws IOException {
        sweeping.readLock().lock();
        try {
            action.run();
        } finally {
            sweeping.readLock().unlock();
        }
    }

    /// Runs something during which no file appears: the sweep.
    void sweeping(Action action) throws IOException {
        sweeping.writeLock().lock();
        try {
            action.run();
        } finally {
            sweeping.writeLock().unlock();
        }
    }

    AssetStore files() {
        return files;
    }

    /// Something that uses files.
    @FunctionalInterface
    public interface Action {
        void run() throws IOException;
    }
}
