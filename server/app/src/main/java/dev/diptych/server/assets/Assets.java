// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import dev.diptych.api.value.Image;
import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.value.AssetStore;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.JpegWriter;
import dev.diptych.engine.value.Thumbnails;
import dev.diptych.server.store.ClaimStore;
import dev.diptych.server.store.Database;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/// The assets of a server. What it does touches the disk: it is called on threads that may wait.
public final class Assets {
    private static final double THUMBNAIL_QUALITY = 0.85;
    private static final int HEAD_BYTES = 12;
    private static final int DECODING_AT_ONCE = 2;
    private static final List<Integer> THUMBNAIL_SIZES = List.of(64, 128, 256, 512, 1024);

    private final AssetStore files;
    private final dev.diptych.server.store.AssetStore rows;
    private final ImageFiles images;
    private final CacheFolder cache;
    private final Path derived;
    private final Semaphore decoding = new Semaphore(DECODING_AT_ONCE);
    private final ReadWriteLock sweeping = new ReentrantReadWriteLock();

    public Assets(Database database, Path folder, CacheFolder cache, ImageFiles images) throws IOException {
        this.files = new AssetStore(folder);
        this.rows = new dev.diptych.server.store.AssetStore(database);
        this.images = images;
        this.cache = cache;
        this.derived = cache.kind("thumbnails");
    }

    /// A file and what is known of it.
    ///
    /// @param mediaType told by its first bytes
    public record Asset(String sha256, long bytes, String mediaType) {}

    /// Stores what comes, under the hash of what came. Content that is there already is stored once.
    ///
    /// @param maxBytes longer content is refused
    /// @param expected the hash that the content must have, or null for any
    /// @throws AssetStore.TooLargeException if there is more
    /// @throws WrongContentException        if it has another hash; nothing of it stays
    public Asset add(InputStream content, long maxBytes, String owner, @Nullable String expected) throws IOException {
        try (AssetStore.Received received = files.receive(content, maxBytes)) {
            String sha256 = received.digest();
            if (expected != null && !expected.equals(sha256)) {
                throw new WrongContentException(sha256);
            }
            received.keep();
            Asset asset = find(sha256).orElseThrow(() -> new NoSuchFileException(sha256));
            rows.add(
                            new dev.diptych.server.store.AssetStore.Asset(
                                    sha256, asset.bytes(), asset.mediaType(), owner, System.currentTimeMillis()))
                    .join();
            return asset;
        }
    }

    /// Content with another hash than the one expected.
    public static final class WrongContentException extends IOException {
        private static final long serialVersionUID = 1;

        WrongContentException(String sha256) {
            super("The content's hash is " + sha256);
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

    /// Keeps a file for a job that is about to name it: for a day from now the sweep spares it, whoever else names it.
    ///
    /// @return false if there is no such file
    public boolean reserve(String sha256) {
        try {
            return files.touch(sha256);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As jobs ask for their outputs, which they are about to name.
    public Optional<ClaimStore.OutputFile> output(String sha256) {
        return reserve(sha256)
                ? find(sha256).map(asset -> new ClaimStore.OutputFile(asset.sha256(), asset.bytes(), asset.mediaType()))
                : Optional.empty();
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

    /// A JPEG that is about this wide or high. Made once, then kept in the cache folder as long as that has room.
    ///
    /// @param longest up to 1024 pixels; made in a few sizes only, the next larger of which this gives
    /// @return empty if there is no such asset
    /// @throws dev.diptych.api.error.NodeException if it is no picture
    public Optional<Path> thumbnail(String sha256, int longest) throws IOException {
        int size = THUMBNAIL_SIZES.stream().filter(each -> each >= longest).findFirst().orElseThrow();
        return derived(
                sha256,
                Integer.toString(size),
                picture -> JpegWriter.write(Thumbnails.of(picture, size), THUMBNAIL_QUALITY));
    }

    /// The path of a JPEG of the whole picture.
    ///
    /// @param quality 1 to 100
    /// @return empty if there is no such asset
    /// @throws dev.diptych.api.error.NodeException if it is no picture
    public Optional<Path> jpeg(String sha256, int quality) throws IOException {
        return derived(sha256, "q" + quality, picture -> JpegWriter.write(picture, quality / 100.0));
    }

    /// A JPEG that is made of an asset when it is asked for first, and kept as long as the cache has room.
    private Optional<Path> derived(String sha256, String how, Function<Image, byte[]> written) throws IOException {
        if (file(sha256).isEmpty()) {
            return Optional.empty();
        }
        Path made = derived.resolve(sha256 + "-" + how + ".jpg");
        if (!cache.use(made)) {
            cache.write(made, written.apply(decoded(sha256)));
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

    /// Runs something during which no asset disappears, such as a backup. It may take long: nothing waits for it, a sweep is left out.
    public void withoutSweep(Action action) throws IOException {
        sweeping.readLock().lock();
        try {
            action.run();
        } finally {
            sweeping.readLock().unlock();
        }
    }

    /// Runs the sweep, unless something runs that needs all assets.
    ///
    /// @return whether it ran
    boolean sweeping(Action action) throws IOException {
        if (!sweeping.writeLock().tryLock()) {
            return false;
        }
        try {
            action.run();
            return true;
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
