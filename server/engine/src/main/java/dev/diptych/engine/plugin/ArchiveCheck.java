// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/// Looks into a plugin archive before anything of it is unpacked or loaded.
final class ArchiveCheck {
    private static final List<String> PARENT_CLASSES =
            List.of("dev/diptych/api/", "ai/djl/", "org/slf4j/", "org/pf4j/");
    private static final Pattern NATIVE_LIBRARY = Pattern.compile("(?i)\\.(so(\\.[0-9.]+)?|dll|dylib|jnilib)$");
    private static final long MAX_UNPACKED_BYTES = 2L << 30;
    private static final int MAX_ENTRIES = 100_000;

    /// @param reason what is wrong
    /// @param fix    what its author or the operator can do
    record Refusal(String reason, String fix) {}

    private ArchiveCheck() {}

    /// @return empty if the archive may be unpacked
    static Optional<Refusal> check(Path archive) {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            long bytes = 0;
            int entries = 0;
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                bytes += Math.max(0, entry.getSize());
                if (++entries > MAX_ENTRIES || bytes > MAX_UNPACKED_BYTES) {
                    return Optional.of(
                            new Refusal(
                                    "it unpacks to more than " + MAX_ENTRIES + " files or 2 GiB",
                                    "ask its author for a smaller archive"));
                }
                Optional<Refusal> refusal = checkName(entry.getName());
                if (refusal.isEmpty() && entry.getName().endsWith(".jar")) {
                    refusal = checkJar(zip, entry);
                }
                if (refusal.isPresent()) {
                    return refusal;
                }
            }
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.of(
                    new Refusal(
                            "it is damaged or no zip archive (" + e.getMessage() + ")", "download or build it again"));
        }
    }

    private static Optional<Refusal> checkJar(ZipFile zip, ZipEntry jar) throws IOException {
        try (InputStream in = zip.getInputStream(jar);
                ZipInputStream inner = new ZipInputStream(in)) {
            for (ZipEntry entry = inner.getNextEntry(); entry != null; entry = inner.getNextEntry()) {
                Optional<Refusal> refusal = checkName(entry.getName());
                if (refusal.isPresent()) {
                    return Optional.of(new Refusal(jar.getName() + ": " + refusal.get().reason(), refusal.get().fix()));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> checkName(String name) {
        if (name.startsWith("/")
                || name.contains("\\")
                || name.matches("^[A-Za-z]:.*")
                || List.of(name.split("/")).contains("..")) {
            return Optional.of(
                    new Refusal("the entry \"" + name + "\" leaves the archive's folder", "do not install it"));
        }
        if (NATIVE_LIBRARY.matcher(name).find()) {
            return Optional.of(
                    new Refusal(
                            "it brings the native library " + name,
                            "a native library can live in one loader only: its author removes it and uses the server's models API"));
        }
        for (String prefix : PARENT_CLASSES) {
            if (name.startsWith(prefix) || name.startsWith("classes/" + prefix)) {
                return Optional.of(
                        new Refusal(
                                "it brings " + name + ", which the server supplies",
                                "its author gives that dependency the scope \"provided\""));
            }
        }
        return Optional.empty();
    }

    /// Unpacks an archive that [#check] has passed. What is unpacked is counted again: an archive may lie about its sizes.
    static void unpack(Path archive, Path folder) throws IOException {
        long left = MAX_UNPACKED_BYTES;
        Path root = folder.toAbsolutePath().normalize();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                Path target = target(root, entry.getName());
                if (!target.startsWith(root)) {
                    throw new IOException("The entry " + entry.getName() + " leaves the folder");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    try (InputStream in = zip.getInputStream(entry);
                            OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
                        left -= copy(in, out, left);
                    }
                }
            }
        }
    }

    private static Path target(Path root, String name) throws IOException {
        try {
            return root.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new IOException("An entry has a name that no file can have: " + e.getReason(), e);
        }
    }

    private static long copy(InputStream in, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long copied = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            copied += read;
            if (copied > limit) {
                throw new IOException("it unpacks to more than 2 GiB");
            }
            out.write(buffer, 0, read);
        }
        return copied;
    }
}
