// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The extensions of all plugins on the class path, as PF4J's annotation processor has listed them.
final class InstalledNodes {
    private static final String INDEX = "META-INF/extensions.idx";

    private InstalledNodes() {}

    /// @throws IllegalStateException if there is no index, or a class in it cannot be loaded
    static List<Class<?>> find(ClassLoader loader) {
        Set<String> names = new LinkedHashSet<>();
        try {
            for (URL index : Collections.list(loader.getResources(INDEX))) {
                try (InputStream in = index.openStream()) {
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .map(line -> line.replaceFirst("#.*", "").strip())
                            .filter(line -> !line.isEmpty())
                            .forEach(names::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (names.isEmpty()) {
            throw new IllegalStateException(
                    "No plugin is on the class path (no "
                            + INDEX
                            + "). Name PF4J in <annotationProcessorPaths>, or give the node classes to WorkflowRunner.of.");
        }
        List<Class<?>> classes = new ArrayList<>();
        for (String name : names) {
            try {
                classes.add(Class.forName(name, false, loader));
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(name + " is listed in " + INDEX + " and is not there. Build anew.", e);
            }
        }
        return classes;
    }
}
