// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.plugin.PluginFolders;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Places;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

/// A plugin whose nodes wait, count their calls, and break every rule there is; compiled for the tests and installed into a
/// data folder as an archive.
public final class TestPlugin {
    private static final String SOURCE =
            """
            package test.nodes;

            import dev.diptych.api.node.*;
            import dev.diptych.api.value.*;
            import java.nio.file.*;
            import java.util.*;

            public final class Nodes {
                private Nodes() {}

                public record Nothing() {}
                public record Text(String text) {}

                @NodeType(id = "test/wait", version = 1, title = "Wait", group = "Test")
                public static final class Wait implements Node<Wait.In, Text> {
                    public record In(@Default("10") int steps, @Default("10") int milliseconds, @Default("") String text) {}
                    public Text run(In in, NodeContext context) throws Exception {
                        for (Step step : context.steps(in.steps())) {
                            Thread.sleep(in.milliseconds());
                            context.preview(() -> Image.filled(64, 64, new Pixel(1, 0, 0, 1)));
                        }
                        return new Text(in.text());
                    }
                }

                @NodeType(id = "test/count", version = 1, title = "Count", group = "Test")
                public static final class Count implements Node<Count.In, Text> {
                    public record In(String file, @Default("") String text, @Default("0") int milliseconds) {}
                    public Text run(In in, NodeContext context) throws Exception {
                        Files.writeString(Path.of(in.file()), in.text() + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                        Thread.sleep(in.milliseconds());
                        return new Text(in.text());
                    }
                }

                @NodeType(id = "test/stubborn", version = 1, title = "Stubborn", group = "Test")
                public static final class Stubborn implements Node<Stubborn.In, Text> {
                    public record In(@Default("") String text, @Default("60") int seconds) {}
                    public Text run(In in, NodeContext context) {
                        long end = System.nanoTime() + in.seconds() * 1_000_000_000L;
                        while (System.nanoTime() < end) {
                            Thread.onSpinWait();
                        }
                        return new Text(in.text());
                    }
                }

                @NodeType(id = "test/exit", version = 1, title = "Exit", group = "Test")
                public static final class Exit implements Node<Exit.In, Text> {
                    public record In(@Help("Left behind at each death") String file, @Default("1000") int deaths) {}
                    public Text run(In in, NodeContext context) throws Exception {
                        Path file = Path.of(in.file());
                        long before = Files.exists(file) ? Files.size(file) : 0;
                        if (before < in.deaths()) {
                            Files.writeString(file, "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                            Runtime.getRuntime().halt(3);
                        }
                        return new Text("alive");
                    }
                }

                @NodeType(id = "test/allocate", version = 1, title = "Allocate", group = "Test")
                public static final class Allocate implements Node<Allocate.In, Text> {
                    public record In(@Default("") String text) {}
                    public Text run(In in, NodeContext context) {
                        List<long[]> all = new ArrayList<>();
                        while (true) {
                            all.add(new long[1 << 20]);
                        }
                    }
                }

                @NodeType(id = "test/crash", version = 1, title = "Crash", group = "Test")
                public static final class Crash implements Node<Crash.In, Text> {
                    public record In(@Help("Left behind at each death") String file) {}
                    public Text run(In in, NodeContext context) throws Exception {
                        Files.writeString(Path.of(in.file()), "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                        java.lang.foreign.MemorySegment.ofAddress(0).reinterpret(8).set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 1);
                        return new Text("alive");
                    }
                }

                @NodeType(id = "test/throw", version = 1, title = "Throw", group = "Test")
                public static final class Throw implements Node<Throw.In, Text> {
                    public record In(@Default("") String text) {}
                    public Text run(In in, NodeContext context) {
                        throw new IllegalStateException("thrown by a test");
                    }
                }

                @NodeType(id = "test/film", version = 1, title = "Film", group = "Test")
                public static final class Film implements Node<Film.In, Film.Out> {
                    public record In(@Default("3") int frames) {}
                    public record Out(Video video) {}
                    public Out run(In in, NodeContext context) {
                        List<Image> frames = new ArrayList<>();
                        for (int i = 0; i < in.frames(); i++) {
                            frames.add(Image.filled(8, 6, new Pixel(i / 10.0, 0, 0, 1)));
                        }
                        return new Out(new Video(frames, 5));
                    }
                }

                @NodeType(id = "test/long", version = 1, title = "Long", group = "Test")
                public static final class Long implements Node<Long.In, Text> {
                    public record In(@Default("1") int millions) {}
                    public Text run(In in, NodeContext context) {
                        return new Text("x".repeat(in.millions() * 1_000_000));
                    }
                }

                @NodeType(id = "test/length", version = 1, title = "Length", group = "Test")
                public static final class Length implements Node<Length.In, Text> {
                    public record In(Video video) {}
                    public Text run(In in, NodeContext context) {
                        return new Text(in.video().toString());
                    }
                }

                @NodeType(id = "test/model", version = 1, title = "Model", group = "Test")
                public static final class OfModel implements Node<OfModel.In, Text> {
                    public record In(ModelReference model, @Default("") String file) {}
                    public Text run(In in, NodeContext context) throws Exception {
                        if (!in.file().isEmpty()) {
                            Files.writeString(Path.of(in.file()), "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                        }
                        return new Text(context.components(in.model()) + " " + context.config(in.model(), "model").text("model_type"));
                    }
                }

                @NodeType(id = "test/null", version = 1, title = "Null", group = "Test")
                public static final class Null implements Node<Null.In, Text> {
                    public record In(@Default("") String text) {}
                    public Text run(In in, NodeContext context) {
                        return null;
                    }
                }
            }
            """;

    private TestPlugin() {}

    /// Installs it, as `diptych plugin add` would.
    static void install(Places places) {
        install(archive(), places);
    }

    public static void install(Path archive, Places places) {
        try {
            PluginFolders folders = LocalEngine.pluginFolders(places);
            PluginReport report = PluginHost.add(archive, folders, false);
            if (report.state() == PluginReport.State.BROKEN) {
                throw new AssertionError(report.reason());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Built {
        private static final Path ARCHIVE = build();

        private static Path build() {
            return archive(
                    "test",
                    "1.0.0",
                    "test/nodes/Nodes.java",
                    SOURCE,
                    name ->
                            name.matches("test/nodes/Nodes\\$[A-Z]\\w+\\.class")
                                    && !name.matches(".*\\$(Nothing|Text)\\.class"));
        }
    }

    /// Built once for all tests.
    static Path archive() {
        return Built.ARCHIVE;
    }

    /// Another plugin, built now.
    ///
    /// @param path   of the source's file
    /// @param isNode by the path of a class file
    public static Path archive(String id, String version, String path, String source, Predicate<String> isNode) {
        try {
            Path folder = Files.createTempDirectory("diptych-test-plugin");
            Path file = folder.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, source);
            Path classes = Files.createDirectories(folder.resolve("classes"));
            int failed =
                    ToolProvider.getSystemJavaCompiler()
                            .run(
                                    null,
                                    null,
                                    null,
                                    "-proc:none",
                                    "-parameters",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "-d",
                                    classes.toString(),
                                    file.toString());
            if (failed != 0) {
                throw new AssertionError("The plugin " + id + " does not compile");
            }
            List<String> nodes = new ArrayList<>();
            Path jar = folder.resolve(id + "-nodes.jar");
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                    Stream<Path> files = Files.walk(classes)) {
                for (Path compiled : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                    String name = classes.relativize(compiled).toString();
                    add(out, name, Files.readAllBytes(compiled));
                    if (isNode.test(name)) {
                        nodes.add(name.replace('/', '.').replaceFirst("\\.class$", ""));
                    }
                }
                add(out, "META-INF/extensions.idx", String.join("\n", nodes).getBytes(StandardCharsets.UTF_8));
                add(
                        out,
                        "plugin.properties",
                        "plugin.id=%s\nplugin.version=%s\nplugin.requires=*\n"
                                .formatted(id, version)
                                .getBytes(StandardCharsets.UTF_8));
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(JarOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new JarEntry(name));
        out.write(content);
        out.closeEntry();
    }
}
