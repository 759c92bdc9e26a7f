// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.MigratesFrom;
import dev.diptych.api.node.NodeType;
import dev.diptych.engine.document.NodeCatalog.MigratedNode;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Brings a stored node forward, one migration after the other, each written by the author of the type that the node then has.
final class NodeMigrator {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMigrator.class);

    private final Map<String, Class<?>> classes = new HashMap<>();
    private final Map<String, String> newNames = new HashMap<>();

    /// @param type what the class declares
    void add(String type, Class<?> nodeClass) {
        classes.put(type, nodeClass);
        for (String former : declared(nodeClass).formerly()) {
            newNames.put(former, type);
        }
    }

    private static NodeType declared(Class<?> nodeClass) {
        return nodeClass.getAnnotation(NodeType.class);
    }

    /// @return empty if nobody knows the type, or no path of migrations leads to the installed version
    Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        StoredNode stored = new StoredNode(node);
        Set<String> seen = new HashSet<>();
        while (true) {
            Class<?> nodeClass = current(stored);
            if (nodeClass == null) {
                return Optional.empty();
            }
            int version = stored.version();
            if (version >= declared(nodeClass).version()) {
                return Optional.of(new MigratedNode(stored.node(), stored.renamedOutputs()));
            }
            Method migration = migration(nodeClass, version);
            if (migration == null || !seen.add(stored.type() + "@" + version)) {
                return Optional.empty();
            }
            stored.nextVersion();
            try {
                migration.setAccessible(true);
                migration.invoke(null, stored);
            } catch (InvocationTargetException e) {
                LOG.warn(
                        "Node \"{}\" ({}) could not be migrated from version {}",
                        nodeId,
                        node.type(),
                        version,
                        e.getCause());
                return Optional.empty();
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /// The class of the node's type; a node whose type only has another name now gets that name.
    private @Nullable Class<?> current(StoredNode stored) {
        Class<?> nodeClass = classes.get(stored.type());
        String newName = newNames.get(stored.type());
        if (nodeClass == null && newName != null) {
            stored.renameType(newName, stored.version());
            return classes.get(newName);
        }
        return nodeClass;
    }

    private static @Nullable Method migration(Class<?> type, int version) {
        for (Method method : type.getDeclaredMethods()) {
            MigratesFrom from = method.getAnnotation(MigratesFrom.class);
            if (from != null && from.value() == version) {
                return method;
            }
        }
        return null;
    }
}
