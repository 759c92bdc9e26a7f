// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.models;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelDraft;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.engine.value.Digests;
import dev.diptych.server.transfer.Downloads;
import dev.diptych.server.transfer.PublicTargets;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// Gathers a model's files and installs them. Blocks while it does so; an interrupt ends it, and what came in stays for the next attempt.
public final class ModelAdder {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int DEEPEST = 3;
    private static final int MOST_FILES = 1000;

    private final ModelStore store;

    public ModelAdder(ModelStore store) {
        this.store = store;
    }

    /// Hears how far it is.
    @FunctionalInterface
    public interface Progress {
        /// @param number of the file, from 1
        /// @param files  how many there are
        /// @param total  bytes of the file; -1 while that is not known
        /// @param left   an estimate for the file, or null while there is none
        void at(String file, int number, int files, long bytes, long total, @Nullable Duration left);
    }

    /// Copies a folder or a file of weights of this machine.
    ///
    /// @param sha256 that a single file must have, or null
    /// @throws NodeException if it is no model, or the name is taken
    public ModelDescription copy(Path source, String id, @Nullable String sha256, Progress progress)
            throws IOException {
        ModelDraft draft = store.draft(id);
        boolean isFile = Files.isRegularFile(source);
        Path folder = isFile ? Objects.requireNonNull(source.toAbsolutePath().getParent()) : source;
        List<Path> files = isFile ? List.of(source.toAbsolutePath()) : files(source);
        if (!isFile && sha256 != null) {
            throw NodeException.user("model/one-hash", "A hash is of one file; %s is a folder.", source);
        }
        int number = 0;
        for (Path file : files) {
            number++;
            String path = slashes(folder.relativize(file));
            copy(file, draft, path, sha256, number, files.size(), progress);
        }
        return store.install(draft);
    }

    private static String slashes(Path path) {
        List<String> names = new ArrayList<>();
        path.forEach(name -> names.add(name.toString()));
        return String.join("/", names);
    }

    /// What is hidden is left out.
    private static List<Path> files(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder, DEEPEST, java.nio.file.FileVisitOption.FOLLOW_LINKS)) {
            files =
                    all.filter(Files::isRegularFile)
                            .filter(file -> !("/" + slashes(folder.relativize(file))).contains("/."))
                            .limit(MOST_FILES + 1)
                            .sorted()
                            .toList();
        }
        if (files.size() > MOST_FILES) {
            throw NodeException.user("model/no-model", "%s holds more than %d files.", folder, MOST_FILES)
                    .next("Give the folder of one model.");
        }
        return files;
    }

    private static void copy(
            Path file, ModelDraft draft, String path, @Nullable String sha256, int number, int files, Progress progress)
            throws IOException {
        Rate rate = new Rate(0);
        long total = Files.size(file);
        MessageDigest digest = Digests.sha256();
        long done = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file);
                OutputStream out =
                        Files.newOutputStream(
                                draft.part(path),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (Thread.interrupted()) {
                    throw new InterruptedIOException("interrupted");
                }
                out.write(buffer, 0, read);
                digest.update(buffer, 0, read);
                done += read;
                progress.at(path, number, files, done, total, rate.left(done, total));
            }
        }
        requireHash(path, sha256, HexFormat.of().formatHex(digest.digest()), draft);
        draft.complete(path);
    }

    /// Fetches a model's files. What an earlier attempt has fetched whole is not fetched again.
    ///
    /// @param allowsPrivate whether the files may lie in private networks
    public ModelDescription fetch(
            List<RemoteFile> files, String id, Downloads downloads, boolean allowsPrivate, Progress progress)
            throws IOException {
        ModelDraft draft = store.draft(id);
        PublicTargets targets = new PublicTargets(Set.of("https"), allowsPrivate);
        int number = 0;
        for (RemoteFile file : files) {
            number++;
            if (!draft.has(file.path())) {
                fetch(file, number, files.size(), draft, downloads, targets, progress);
            }
        }
        return store.install(draft);
    }

    private static void fetch(
            RemoteFile file,
            int number,
            int files,
            ModelDraft draft,
            Downloads downloads,
            PublicTargets targets,
            Progress progress)
            throws IOException {
        Path part = draft.part(file.path());
        Rate rate = new Rate(Files.exists(part) ? Files.size(part) : 0);
        String promised =
                downloads.fetch(
                        file.url(),
                        part,
                        targets,
                        (bytes, total) ->
                                progress.at(file.path(), number, files, bytes, total, rate.left(bytes, total)));
        String expected = file.sha256() == null ? promised : file.sha256();
        if (expected != null) {
            requireHash(file.path(), expected, digest(part), draft);
        }
        draft.complete(file.path());
    }

    /// @throws NodeException `model/wrong-hash`, and the file is gone
    public static void requireHash(String path, @Nullable String expected, String found, ModelDraft draft)
            throws IOException {
        if (expected != null && !expected.toLowerCase(Locale.ROOT).equals(found)) {
            Files.deleteIfExists(draft.part(path));
            throw NodeException.user(
                            "model/wrong-hash",
                            "The file %s has the SHA-256 %s, not %s.",
                            path,
                            found,
                            expected.toLowerCase(Locale.ROOT))
                    .next("It was deleted. Check the hash, and get the file again.");
        }
    }

    /// The SHA-256 of a file that is not a model's yet.
    public static String digest(Path file) throws IOException {
        MessageDigest digest = Digests.sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// How fast bytes come in.
    private static final class Rate {
        private static final double TOO_SOON_SECONDS = 0.5;

        private final long began = System.nanoTime();
        private final long from;

        /// @param from what was there before
        private Rate(long from) {
            this.from = from;
        }

        private @Nullable Duration left(long bytes, long total) {
            double seconds = (System.nanoTime() - began) / 1e9;
            if (total < 0 || seconds < TOO_SOON_SECONDS || bytes <= from) {
                return null;
            }
            return Duration.ofMillis((long) ((total - bytes) / ((bytes - from) / seconds) * 1000));
        }
    }
}
