// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeType;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// Node types by the classes that declare them. Thread-safe once it is filled.
public final class ClassLibrary implements NodeLibrary {
    private final Map<String, NodeSchema> schemas = new TreeMap<>();
    private final Map<String, NodeInvoker> invokers = new HashMap<>();
    private final NodeMigrator migrator = new NodeMigrator();

    ClassLibrary() {}

    /// @param pluginId whose nodes these are
    /// @throws SchemaException with all mistakes of the classes
    public static ClassLibrary of(Collection<? extends Class<?>> nodeClasses, String pluginId) {
        ClassLibrary library = new ClassLibrary();
        library.add(nodeClasses, pluginId, "");
        return library;
    }

    /// Adds the nodes of a plugin, all or none. Classes that are neither nodes nor marked as such are left out.
    ///
    /// @return the types that were added
    /// @throws SchemaException with all mistakes of the classes
    List<String> add(Collection<? extends Class<?>> extensions, String pluginId, String pluginDigest) {
        Map<String, NodeSchema> found = new LinkedHashMap<>();
        Map<String, Class<?>> classes = new LinkedHashMap<>();
        List<String> mistakes = new ArrayList<>();
        for (Class<?> type : extensions) {
            if (!Node.class.isAssignableFrom(type)) {
                if (type.isAnnotationPresent(NodeType.class)) {
                    mistakes.add(type.getName() + ", class: it has @NodeType and is no node; implement Node<In, Out>.");
                }
                continue;
            }
            try {
                NodeSchema schema = SchemaReader.read(type, pluginId, pluginDigest);
                NodeSchema other = schemas.get(schema.type());
                Class<?> twin = classes.get(schema.type());
                if (other != null) {
                    mistakes.add(thereAlready(type, schema.type(), "the plugin " + other.pluginId()));
                } else if (twin != null) {
                    mistakes.add(thereAlready(type, schema.type(), twin.getName()));
                } else {
                    found.put(schema.type(), schema);
                    classes.put(schema.type(), type);
                }
            } catch (SchemaException e) {
                mistakes.addAll(e.mistakes());
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SchemaException(mistakes);
        }
        Map<String, NodeInvoker> callable = new HashMap<>();
        classes.forEach((nodeType, type) -> callable.put(nodeType, new RecordNodeInvoker(type)));
        invokers.putAll(callable);
        schemas.putAll(found);
        classes.forEach(migrator::add);
        return List.copyOf(found.keySet());
    }

    private static String thereAlready(Class<?> type, String nodeType, String where) {
        return type.getName()
                + ", @NodeType: the type "
                + nodeType
                + " is there already, in "
                + where
                + "; give one of the two another id.";
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return Optional.ofNullable(schemas.get(type));
    }

    @Override
    public Collection<NodeSchema> all() {
        return Collections.unmodifiableCollection(schemas.values());
    }

    @Override
    public NodeInvoker invoker(String type) {
        if (!invokers.containsKey(type)) {
            throw new IllegalArgumentException("No plugin supplies the node type " + type);
        }
        return Objects.requireNonNull(invokers.get(type));
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return migrator.migrate(nodeId, node);
    }
}
