// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The extension classes of plugins, in the order in which these were loaded: dependencies before dependents. Thread-safe once it is filled.
final class Extensions {
    private static final Logger LOG = LoggerFactory.getLogger(Extensions.class);

    private record Listed(String pluginId, Class<?> type) {}

    private final List<Listed> listed = new ArrayList<>();

    void add(String pluginId, Collection<? extends Class<?>> types) {
        types.forEach(type -> listed.add(new Listed(pluginId, type)));
    }

    /// New instances of those that are of a type. One that cannot be made is logged and left out.
    <T> List<T> of(Class<T> type) {
        List<T> instances = new ArrayList<>();
        for (Listed extension : listed) {
            if (!type.isAssignableFrom(extension.type())) {
                continue;
            }
            try {
                instances.add(type.cast(extension.type().getDeclaredConstructor().newInstance()));
            } catch (InvocationTargetException e) {
                leftOut(extension, e.getCause() == null ? e : e.getCause());
            } catch (ReflectiveOperationException | LinkageError e) {
                leftOut(extension, e);
            }
        }
        return instances;
    }

    private static void leftOut(Listed extension, Throwable e) {
        LOG.warn(
                "Plugin {}: {} is left out, no instance can be made",
                extension.pluginId(),
                extension.type().getName(),
                e);
    }
}
