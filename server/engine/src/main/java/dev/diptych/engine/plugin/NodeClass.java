// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.Node;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The two records of a node class.
///
/// @param inputs  the record that the node takes
/// @param outputs the record that it gives
record NodeClass(Class<?> inputs, Class<?> outputs) {
    /// Also when the class implements [Node] through a superclass or another interface.
    ///
    /// @return empty if the class is no node, or leaves a record open
    static Optional<NodeClass> of(Class<?> type) {
        return find(type, new HashMap<>());
    }

    private static Optional<NodeClass> find(Class<?> type, Map<TypeVariable<?>, Type> bound) {
        for (Type parent : type.getGenericInterfaces()) {
            Optional<NodeClass> found = descend(parent, bound);
            if (found.isPresent()) {
                return found;
            }
        }
        Type parent = type.getGenericSuperclass();
        return parent == null ? Optional.empty() : descend(parent, bound);
    }

    private static Optional<NodeClass> descend(Type parent, Map<TypeVariable<?>, Type> bound) {
        if (parent instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] arguments = generic.getActualTypeArguments();
            for (int i = 0; i < arguments.length; i++) {
                Type argument = arguments[i];
                bound.put(raw.getTypeParameters()[i], bound.getOrDefault(argument, argument));
            }
            if (raw == Node.class) {
                Type in = bound.get(raw.getTypeParameters()[0]);
                Type out = bound.get(raw.getTypeParameters()[1]);
                return in instanceof Class<?> inputs && out instanceof Class<?> outputs
                        ? Optional.of(new NodeClass(inputs, outputs))
                        : Optional.empty();
            }
            return find(raw, bound);
        }
        return parent instanceof Class<?> raw && raw != Object.class ? find(raw, bound) : Optional.empty();
    }
}
