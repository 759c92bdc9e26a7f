// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// A small plugin that a test writes, compiles and packs.
final class PluginSource {
    private static final Pattern PACKAGE = Pattern.compile("package ([\\w.]+);");
    private static final Pattern TYPE = Pattern.compile("(?:class|record|interface) (\\w+)");

    private final String id;
    private final SequencedMap<String, String> descriptor = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final List<Path> classPath = new ArrayList<>();
    private boolean hasIndex = true;

    PluginSource(String id) {
        this.id = id;
        descriptor.put("plugin.id", id);
        descriptor.put("plugin.version", "1.0.0");
    }

    /// With one node `<id>/<name>` that gives a text.
    static PluginSource saying(String id, String name, String text) {
        return new PluginSource(id)
                .java(
                        node(
                                "probe",
                                "Says",
                                "@NodeType(id = \"" + id + "/" + name + "\", title = \"T\", group = \"G\")",
                                "String given",
                                "\"" + text + "\""));
    }

    /// A node class with a text as its output, `said`.
    static String node(String packageName, String className, String nodeType, String inputs, String expression) {
        return """
        package %s;
        import dev.diptych.api.node.*;
        import dev.diptych.api.value.*;
        import java.util.*;
        @org.pf4j.Extension
        %s
        public class %s implements Node<%3$s.In, %3$s.Out> {
            public record In(%s) {}
            public record Out(String said) {}
            @Override public Out run(In in, NodeContext context) { return new Out(%s); }
        }
        """
                .formatted(packageName, nodeType, className, inputs, expression);
    }

    PluginSource java(String code) {
        sources.put(found(PACKAGE, code) + "." + found(TYPE, code), code);
        return this;
    }

    private static String found(Pattern pattern, String code) {
        Matcher matcher = pattern.matcher(code);
        if (!matcher.find()) {
            throw new IllegalArgumentException(code);
        }
        return matcher.group(1);
    }

    PluginSource property(String name, String value) {
        descriptor.put(name, value);
        return this;
    }

    PluginSource withoutProperty(String name) {
        descriptor.remove(name);
        return this;
    }

    PluginSource version(String version) {
        return property("plugin.version", version);
    }

    PluginSource needs(String dependencies) {
        return property("plugin.dependencies", dependencies);
    }

    /// An entry of the archive besides the classes.
    PluginSource file(String entry, byte[] content) {
        files.put(entry, content);
        return this;
    }

    /// As a build without PF4J's annotation processor.
    PluginSource withoutIndex() {
        hasIndex = false;
        return this;
    }

    /// Compiles against the classes of another plugin.
    PluginSource against(Path classes) {
        classPath.add(classes);
        return this;
    }

    /// @return the classes' folder, with the index and the descriptor
    Path compileTo(Path classes) {
        try {
            Files.createDirectories(classes);
            StringBuilder properties = new StringBuilder();
            descriptor.forEach((name, value) -> properties.append(name).append('=').append(value).append('\n'));
            Files.writeString(classes.resolve("plugin.properties"), properties);
            if (!sources.isEmpty()) {
                compile(classes);
            }
            return classes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void compile(Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
        classPath.forEach(folder -> path.append(System.getProperty("path.separator")).append(folder));
        List<String> options = new ArrayList<>(List.of("-d", classes.toString(), "-cp", path.toString()));
        options.addAll(
                hasIndex
                        ? List.of("-processor", "org.pf4j.processor.ExtensionAnnotationProcessor")
                        : List.of("-proc:none"));
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, code) -> units.add(new Source(name, code)));
        StringWriter messages = new StringWriter();
        if (!compiler.getTask(messages, null, null, options, null, units).call()) {
            throw new IllegalArgumentException(messages.toString());
        }
    }

    /// `<id>-<version>.zip` as the build of a plugin makes it.
    Path zip(Path folder) {
        return zip(folder, id + "-" + descriptor.get("plugin.version") + ".zip");
    }

    Path zip(Path folder, String name) {
        return pack(folder.resolve(name), "classes/");
    }

    /// A plain jar.
    Path jar(Path folder) {
        return pack(folder.resolve(id + ".jar"), "");
    }

    private Path pack(Path archive, String prefix) {
        try {
            Path classes = compileTo(Files.createTempDirectory(archive.getParent(), "classes"));
            SequencedMap<String, byte[]> entries = new TreeMap<>(files);
            try (Stream<Path> walk = Files.walk(classes)) {
                for (Path file : walk.filter(Files::isRegularFile).toList()) {
                    entries.put(prefix + classes.relativize(file), Files.readAllBytes(file));
                }
            }
            return zipped(archive, entries);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path zipped(Path archive, Map<String, byte[]> entries) throws IOException {
        try (OutputStream out = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return archive;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String code;

        Source(String name, String code) {
            super(URI.create("string:///" + name.replace('.', '/') + ".java"), Kind.SOURCE);
            this.code = code;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return code;
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
