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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Finds the classes that a plugin offers: those in the index that PF4J's annotation processor has written. A class that looks as if it should be
/// there, and is not, is a mistake that would otherwise show as a node that nobody finds.
final class NodeClassFinder {
    private static final String INDEX = "META-INF/extensions.idx";

    private final URLClassLoader loader;
    private final List<String> marked;
    private final Set<String> listed = new LinkedHashSet<>();

    /// @param marked classes that look as if they should be listed; those that are not are loaded to be asked
    NodeClassFinder(ClassLoader loader, List<String> marked) {
        this.loader = (URLClassLoader) loader;
        this.marked = marked;
    }

    /// @return the listed classes, in the order of the index; none for a plugin that only serves others
    /// @throws SchemaException if a class is marked as a node, and is not in the index
    List<Class<?>> find() throws IOException, ClassNotFoundException {
        List<URL> indexes = Collections.list(loader.findResources(INDEX));
        for (URL index : indexes) {
            read(index);
        }
        List<String> mistakes = new ArrayList<>();
        for (String name : marked) {
            if (listed.contains(name)) {
                continue;
            }
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
}
