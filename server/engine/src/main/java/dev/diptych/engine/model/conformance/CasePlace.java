// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/// Where a case lies.
///
/// @param name the folder's path below the one that is verified, with `/` between its parts
public record CasePlace(String name, Path folder) {
    /// Every folder with a `case.json`, at any depth, in the order of their names. Folders that cannot be read are left out; links are followed.
    ///
    /// @throws IOException if `root` itself cannot be read
    public static List<CasePlace> find(Path root) throws IOException {
        List<CasePlace> found = new ArrayList<>();
        SimpleFileVisitor<Path> visitor =
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        Path folder = file.getParent();
                        if (folder != null && file.endsWith(CaseFolder.FILE)) {
                            found.add(new CasePlace(name(root, folder), folder));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                        if (file.equals(root)) {
                            throw e;
                        }
                        return FileVisitResult.CONTINUE;
                    }
                };
        Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
        found.sort(Comparator.comparing(CasePlace::name));
        return found;
    }

    private static String name(Path root, Path folder) {
        Path name = root.equals(folder) ? folder.toAbsolutePath().normalize().getFileName() : root.relativize(folder);
        return String.valueOf(name).replace(folder.getFileSystem().getSeparator(), "/");
    }

    /// Whether a glob chooses this case. One without a slash stands for any one part of the name: `noise` chooses the group of that name, `sd*` what begins so.
    /// One with a slash stands for the whole name: `unet/*`, `**/decoder`.
    ///
    /// @throws java.util.regex.PatternSyntaxException if it is no glob
    public boolean matches(String glob) {
        FileSystem files = folder.getFileSystem();
        PathMatcher matcher = files.getPathMatcher("glob:" + glob);
        Path path = files.getPath(name);
        if (glob.contains("/")) {
            return matcher.matches(path);
        }
        for (Path part : path) {
            if (matcher.matches(part)) {
                return true;
            }
        }
        return false;
    }
}
