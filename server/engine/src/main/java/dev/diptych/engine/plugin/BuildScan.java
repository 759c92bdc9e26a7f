// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.NodeType;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// What there is to know of a plugin's files without loading a class. Each start needs it, so it is remembered beside the files, in
/// `scan.txt`: what it says counts as long as no file was replaced, or has another size or time of change.
///
/// @param digest SHA-256 of names and contents of the classes and of the libraries beside them
/// @param marked classes whose constants name the annotation of a node or of an extension, sorted; they need not carry it
record BuildScan(String digest, List<String> marked) {
    private static final Logger LOG = LoggerFactory.getLogger(BuildScan.class);
    private static final String REMEMBERED = "scan.txt";

    /// A second change could have the same time.
    private static final Duration TOO_RECENT = Duration.ofSeconds(2);

    private static final String CLASS_FILE = ".class";

    /// @param folder holds `classes/` and perhaps `lib/`
    static BuildScan of(Path folder) throws IOException {
        Listing listing = Listing.of(folder);
        Path file = folder.resolve(REMEMBERED);
        BuildScan remembered = remembered(file, listing.text());
        if (remembered != null) {
            return remembered;
        }
        BuildScan scan = new BuildScan(digest(folder), marked(folder, listing));
        if (listing.newest().isBefore(Instant.now().minus(TOO_RECENT))) {
            scan.remember(file, listing.text());
        }
        return scan;
    }

    /// [#marked] alone.
    static List<String> marked(Path folder) throws IOException {
        return marked(folder, Listing.of(folder));
    }

    /// All files, with what changes when one of them does.
    private record Listing(TreeMap<String, String> stamps, Instant newest) {
        static Listing of(Path folder) throws IOException {
            TreeMap<String, String> stamps = new TreeMap<>();
            Instant[] newest = {Instant.MIN};
            int above = folder.toString().length() + 1;
            for (String part : List.of("classes", "lib")) {
                Path files = folder.resolve(part);
                if (Files.isDirectory(files)) {
                    Files.walkFileTree(
                            files,
                            new SimpleFileVisitor<>() {
                                @Override
                                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                                    Instant changed = attributes.lastModifiedTime().toInstant();
                                    newest[0] = changed.isAfter(newest[0]) ? changed : newest[0];
                                    stamps.put(
                                            file.toString().substring(above),
                                            attributes.size()
                                                    + " "
                                                    + changed.getEpochSecond()
                                                    + " "
                                                    + changed.getNano()
                                                    + " "
                                                    + attributes.fileKey());
                                    return FileVisitResult.CONTINUE;
                                }
                            });
                }
            }
            return new Listing(stamps, newest[0]);
        }

        String text() {
            StringBuilder text = new StringBuilder();
            stamps.forEach((file, stamp) -> text.append(stamp).append(' ').append(file).append('\n'));
            return text.toString();
        }
    }

    private static @Nullable BuildScan remembered(Path file, String listing) {
        try {
            String text = Files.readString(file);
            int first = text.indexOf('\n');
            int second = text.indexOf('\n', first + 1);
            if (second > 0 && text.length() == second + 1 + listing.length() && text.endsWith(listing)) {
                String names = text.substring(first + 1, second);
                return new BuildScan(text.substring(0, first), names.isEmpty() ? List.of() : List.of(names.split(" ")));
            }
        } catch (NoSuchFileException _) {
            // never scanned
        } catch (IOException e) {
            LOG.debug("What is remembered in {} cannot be read: {}", file, e.toString());
        }
        return null;
    }

    /// Where that is not possible, the next start scans again.
    private void remember(Path file, String listing) {
        try {
            Path next = Files.createTempFile(file.getParent(), "scan", null);
            Files.writeString(next, digest + "\n" + String.join(" ", marked) + "\n" + listing);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.debug("{} cannot be written: {}", file, e.toString());
        }
    }

    private static String digest(Path folder) throws IOException {
        Path classes = folder.resolve("classes");
        Path libraries = folder.resolve("lib");
        String own = Files.isDirectory(classes) ? FileDigest.ofFolder(classes) : FileDigest.ofTexts(List.of());
        return Files.isDirectory(libraries) ? FileDigest.ofTexts(List.of(own, FileDigest.ofFolder(libraries))) : own;
    }

    private static List<String> marked(Path folder, Listing listing) throws IOException {
        Path classes = folder.resolve("classes");
        List<String> marked = new ArrayList<>();
        String separator = classes.getFileSystem().getSeparator();
        String inside = "classes" + separator;
        for (String file : listing.stamps().keySet()) {
            if (file.startsWith(inside) && file.endsWith(CLASS_FILE)) {
                String path = file.substring(inside.length());
                if (namesAnnotation(Files.readAllBytes(classes.resolve(path)))) {
                    marked.add(path.substring(0, path.length() - CLASS_FILE.length()).replace(separator, "."));
                }
            }
        }
        return marked;
    }

    private static boolean namesAnnotation(byte[] classFile) {
        String text = new String(classFile, StandardCharsets.ISO_8859_1);
        return text.contains(NodeType.class.descriptorString()) || text.contains(Extension.class.descriptorString());
    }
}
