// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.node.Node;
import dev.diptych.engine.plugin.ClassLibrary;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// The code of the tutorial compiles, its nodes load, and its tests pass.
final class TutorialTest {
    private static final Path TUTORIAL =
            Path.of(System.getProperty("diptych.home"))
                    .resolve("plugin-api/api/src/main/java/dev/diptych/api/package-info.java");
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("(?:class|record) (\\w+)");
    private static final String IMPORTS =
            """
            package tutorial;
            import static org.assertj.core.api.Assertions.*;
            import dev.diptych.api.error.*;
            import dev.diptych.api.node.*;
            import dev.diptych.api.value.*;
            import dev.diptych.testkit.*;
            import java.util.*;
            import java.util.concurrent.CancellationException;
            import org.junit.jupiter.api.Test;
            import org.pf4j.Extension;
            """;

    @TempDir private static Path classes;

    private static final Map<String, String> BLOCKS = new LinkedHashMap<>();

    @BeforeAll
    static void compile() throws IOException {
        StringBuilder text = new StringBuilder();
        Files.readString(TUTORIAL).lines().forEach(line -> text.append(line.replaceFirst("^/// ?", "")).append('\n'));
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            Matcher name = NAME.matcher(block.group(1));
            assertThat(name.find()).isTrue();
            BLOCKS.put(name.group(1), block.group(1));
        }
        List<JavaFileObject> sources = new ArrayList<>();
        BLOCKS.forEach((name, code) -> sources.add(new Source(name, IMPORTS + code)));
        StringWriter messages = new StringWriter();
        List<String> options =
                List.of(
                        "-d",
                        classes.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-proc:none",
                        "-Xlint:all",
                        "-Werror");
        boolean compiles =
                ToolProvider.getSystemJavaCompiler().getTask(messages, null, null, options, null, sources).call();
        assertThat(compiles).as(messages.toString()).isTrue();
    }

    private static List<Class<?>> loaded(URLClassLoader loader) throws ClassNotFoundException {
        List<Class<?>> loaded = new ArrayList<>();
        for (String name : BLOCKS.keySet()) {
            loaded.add(loader.loadClass("tutorial." + name));
        }
        return loaded;
    }

    private static URLClassLoader loader() throws IOException {
        return new URLClassLoader(new URL[] {classes.toUri().toURL()}, TutorialTest.class.getClassLoader());
    }

    @Test
    void its_nodes_load() throws Exception {
        try (URLClassLoader loader = loader()) {
            List<Class<?>> nodes = loaded(loader).stream().filter(Node.class::isAssignableFrom).toList();

            assertThat(ClassLibrary.of(nodes, "vignette").all())
                    .extracting(schema -> schema.type())
                    .containsExactly(
                            "vignette/apply",
                            "vignette/find-focus",
                            "vignette/grain",
                            "vignette/trim",
                            "vignette/warm");
            assertThat(nodes).allSatisfy(node -> assertThat(node).hasAnnotation(org.pf4j.Extension.class));
        }
    }

    @Test
    void its_tests_pass() throws Exception {
        int passed = 0;
        try (URLClassLoader loader = loader()) {
            for (Class<?> type : loaded(loader)) {
                for (Method method : type.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(Test.class)) {
                        Constructor<?> constructor = type.getDeclaredConstructor();
                        constructor.setAccessible(true);
                        method.setAccessible(true);
                        method.invoke(constructor.newInstance());
                        passed++;
                    }
                }
            }
        }
        assertThat(passed).isEqualTo(4);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String code;

        Source(String name, String code) {
            super(URI.create("string:///tutorial/" + name + ".java"), Kind.SOURCE);
            this.code = code;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return code;
        }
    }
}
