// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What holds for every source file of the repository and what neither compiler nor formatter looks at.
@Tag("architecture")
class SourceTreeTest {
    private static final Path HOME = Path.of(System.getProperty("diptych.home"));
    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?[\\w.]+\\.(\\w+|\\*);$", Pattern.MULTILINE);

    private static final List<Path> SOURCES = new ArrayList<>();

    @BeforeAll
    static void find_sources() throws IOException {
        Files.walkFileTree(
                HOME,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                        String name = folder.getFileName().toString();
                        boolean isForeign =
                                name.equals("target") || name.equals("node_modules") || name.startsWith(".git");
                        return isForeign ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (file.toString().endsWith(".java") && !file.toString().contains("archetype-resources")) {
                            SOURCES.add(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        assertThat(SOURCES).hasSizeGreaterThan(5);
    }

    /// A clone has to stay quick.
    @Test
    void what_is_tracked_stays_below_56_megabytes_of_which_fixtures_10() throws Exception {
        assumeTrue(Files.exists(HOME.resolve(".git")), "no clone, but an archive of one");
        Process git = new ProcessBuilder("git", "ls-files", "-z").directory(HOME.toFile()).start();
        String[] files;
        try (InputStream out = git.getInputStream()) {
            files = new String(out.readAllBytes(), StandardCharsets.UTF_8).split("\0");
        }
        assertThat(git.waitFor()).isZero();
        long all = 0;
        long fixtures = 0;
        for (String file : files) {
            Path path = HOME.resolve(file);
            long size = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) : 0;
            all += size;
            fixtures += file.contains("src/test/resources/") ? size : 0;
        }
        assertThat(files).hasSizeGreaterThan(1000);
        assertThat(all).isLessThan(56_000_000);
        assertThat(fixtures).isLessThan(10_000_000);
    }

    @Test
    void every_source_begins_with_its_licence() throws IOException {
        for (Path source : SOURCES) {
            assertThat(Files.readString(source))
                    .as("%s", HOME.relativize(source))
                    .startsWith("// SPDX-License-Identifier: Apache-2.0\n");
        }
    }

    @Test
    void every_import_is_single_and_used_in_code_or_documentation() throws IOException {
        List<String> unused = new ArrayList<>();
        for (Path source : SOURCES) {
            String text = Files.readString(source);
            String body = IMPORT.matcher(text).replaceAll("");
            Matcher imports = IMPORT.matcher(text);
            while (imports.find()) {
                if (!Pattern.compile("\\b" + Pattern.quote(imports.group(1)) + "\\b").matcher(body).find()) {
                    unused.add(HOME.relativize(source) + ": " + imports.group());
                }
            }
        }
        assertThat(unused).isEmpty();
    }

    @Test
    void every_package_of_the_program_says_what_belongs_there_and_is_null_marked() throws IOException {
        for (Path source : SOURCES) {
            if (source.toString().contains("/src/main/java/")) {
                Path info = source.resolveSibling("package-info.java");
                assertThat(info).exists();
                assertThat(Files.readString(info)).as("%s", HOME.relativize(info)).contains("///", "@NullMarked");
            }
        }
    }
}
