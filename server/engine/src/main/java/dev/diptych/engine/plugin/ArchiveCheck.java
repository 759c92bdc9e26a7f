// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Looks into a plugin archive: at its table of contents before anything is unpacked, at its libraries before anything is loaded.
final class ArchiveCheck {
    /// Counts the versions of what is refused. Raise it when more is: a copy that an older version passed is then looked into again.
    static final int RULES = 1;

    private static final List<String> PARENT_CLASSES =
            List.of("dev/diptych/api/", "ai/djl/", "org/slf4j/", "org/pf4j/");
    private static final Pattern NATIVE_LIBRARY = Pattern.compile("(?i)\\.(so(\\.[0-9.]+)?|dll|dylib|jnilib)$");

    private ArchiveCheck() {}

    /// @throws BrokenPluginException if the archive may not be unpacked
    static void check(Path archive) {
        UnpackedSize size = new UnpackedSize();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                size.addEntry(entry.getSize());
                size.addBytes(Math.max(0, entry.getSize()));
                checkName(entry.getName());
            }
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(e);
        }
    }

    /// Looks into all jars of an unpacked archive, wherever they lie. A class loader takes them whatever the case of their names, and
    /// whatever comes before their content.
    ///
    /// @param size of what is unpacked already; what they hold is counted, too
    /// @throws BrokenPluginException if they may not be loaded
    static void checkJars(Path folder, UnpackedSize size) throws IOException {
        List<Path> jars;
        try (Stream<Path> files = Files.walk(folder)) {
            jars = files.filter(Files::isRegularFile).filter(ArchiveCheck::isJar).sorted().toList();
        }
        for (Path jar : jars) {
            try {
                checkJar(jar, size);
            } catch (BrokenPluginException e) {
                throw new BrokenPluginException(folder.relativize(jar) + ": " + e.reason(), e.fix(), e);
            }
        }
    }

    private static boolean isJar(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".jar");
    }

    /// Only unpacking tells how much it is, and that it is whole.
    private static void checkJar(Path jar, UnpackedSize size) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                size.addEntry(entry.getSize());
                checkName(entry.getName());
                ArchiveUnpacker.copy(zip, entry, OutputStream.nullOutputStream(), size);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(e);
        }
    }

    private static BrokenPluginException damaged(Exception e) {
        return new BrokenPluginException(
                "it is damaged or no zip archive (" + e.getMessage() + ")", "download or build it again", e);
    }

    private static void checkName(String name) {
        if (name.startsWith("/")
                || name.contains("\\")
                || name.matches("^[A-Za-z]:.*")
                || List.of(name.split("/")).contains("..")) {
            throw new BrokenPluginException(
                    "the entry \"" + name + "\" leaves the archive's folder", "do not install it", null);
        }
        if (NATIVE_LIBRARY.matcher(name).find()) {
            throw new BrokenPluginException(
                    "it brings the native library " + name,
                    "a native library can live in one loader only: its author removes it and uses the server's models API",
                    null);
        }
        for (String prefix : PARENT_CLASSES) {
            if (name.startsWith(prefix) || name.startsWith("classes/" + prefix)) {
                throw new BrokenPluginException(
                        "it brings " + name + ", which the server supplies",
                        "its author gives that dependency the scope \"provided\"",
                        null);
            }
        }
    }
}
