// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.NodeType;

import org.pf4j.Extension;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Finds the classes that a plugin offers: those in the index that PF4J's annotation processor has written. A class that looks as if it should be
/// there, and is not, is a mistake that would otherwise show as a node that nobody finds.
final class NodeClassFinder {
    private static final String INDEX = "META-INF/extensions.idx";

    private final URLClassLoader loader;
    private final Path classes;
    private final Set<String> listed = new LinkedHashSet<>();

    /// @param folder holds the plugin's `classes/`
    NodeClassFinder(ClassLoader loader, Path folder) {
        this.loader = (URLClassLoader) loader;
        this.classes = folder.resolve("classes");
    }

    /// @return the listed classes, in the order of the index; none for a plugin that only serves others
    /// @throws SchemaException if a class is marked as a node, and is not in the index
    List<Class<?>> find() throws IOException, ClassNotFoundException {
        List<URL> indexes = Collections.list(loader.findResources(INDEX));
        for (URL index : indexes) {
            read(index);
        }
        List<String> mistakes = new ArrayList<>();
        for (String name : marked()) {
            Class<?> type = loader.loadClass(name);
            if (type.isAnnotationPresent(Extension.class)) {
                mistakes.add(
                        indexes.isEmpty()
                                ? name
                                        + ", class: the plugin has no extension index ("
                                        + INDEX
                                        + "); name PF4J in <annotationProcessorPaths> of its build."
                                : name + ", class: it is not in the extension index (" + INDEX + "); build it anew.");
            } else if (type.isAnnotationPresent(NodeType.class)) {
                mistakes.add(
                        name + ", class: it has @NodeType and no @Extension; add @Extension, it is found by that.");
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SchemaException(mistakes);
        }
        List<Class<?>> found = new ArrayList<>();
        for (String name : listed) {
            found.add(loader.loadClass(name));
        }
        return found;
    }

    private void read(URL index) throws IOException {
        URLConnection connection = index.openConnection();
        connection.setUseCaches(false);
        try (InputStream in = connection.getInputStream()) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(listed::add);
        }
    }

    /// Classes that are not listed, and whose constants name one of the two annotations: few are loaded to be asked.
    private List<String> marked() throws IOException {
        if (!Files.isDirectory(classes)) {
            return List.of();
        }
        List<String> marked = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
                String path = classes.relativize(file).toString();
                String name =
                        path.substring(0, path.length() - ".class".length())
                                .replace(file.getFileSystem().getSeparator(), ".");
                if (!listed.contains(name) && namesAnnotation(Files.readAllBytes(file))) {
                    marked.add(name);
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
