// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Part of a network: fields that are parameters, modules, or lists and maps of these. A subclass declares its layers as fields, makes them in its
/// constructor, and has a method that says what it computes.
///
/// The name of a parameter is the path of fields that leads to it, each field's name in lower case with an underscore before what was a capital
/// letter: `downBlocks.get(0).timeEmbProj.weight` is `down_blocks.0.time_emb_proj.weight`. [Named] gives the names that no field can have.
/// A field that is null, static or transient is no part of the network.
@SuppressWarnings("JavaLangClash") // the field's own word; nothing here needs the modules of Java
public abstract class Module {
    /// Visits every parameter, in the order of the fields, superclasses first.
    final void visit(ParameterVisitor visitor) {
        visit("", visitor, new IdentityHashMap<>());
    }

    /// Takes a parameter with its path.
    interface ParameterVisitor {
        void visit(String path, Parameter parameter);
    }

    private void visit(String path, ParameterVisitor visitor, Map<Object, Boolean> open) {
        if (open.put(this, true) != null) {
            throw new DescriptionException("%s contains itself at \"%s\"", getClass().getSimpleName(), path);
        }
        for (Field field : fields()) {
            Named named = field.getAnnotation(Named.class);
            String name = named == null ? checkpointName(field.getName()) : named.value();
            visitValue(join(path, name), read(field), visitor, open);
        }
        open.remove(this);
    }

    private static void visitValue(String path, Object value, ParameterVisitor visitor, Map<Object, Boolean> open) {
        switch (value) {
            case Parameter parameter -> visitor.visit(path, parameter);
            case Module module -> module.visit(path, visitor, open);
            case Collection<?> elements -> {
                int index = 0;
                for (Object element : elements) {
                    visitValue(join(path, Integer.toString(index++)), element, visitor, open);
                }
            }
            case Map<?, ?> elements ->
                    elements.forEach(
                            (key, element) -> visitValue(join(path, String.valueOf(key)), element, visitor, open));
            default -> {}
        }
    }

    private List<Field> fields() {
        Deque<Class<?>> classes = new ArrayDeque<>();
        for (Class<?> type = getClass(); type != Module.class; type = type.getSuperclass()) {
            classes.push(type);
        }
        List<Field> fields = new ArrayList<>();
        for (Class<?> type : classes) {
            for (Field field : type.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (!Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers) && !field.isSynthetic()) {
                    fields.add(field);
                }
            }
        }
        return fields;
    }

    private Object read(Field field) {
        try {
            field.setAccessible(true);
            Object value = field.get(this);
            return value == null ? List.of() : value;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " cannot be read", e);
        }
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : name.isEmpty() ? path : path + "." + name;
    }

    /// `timeEmbProj` → `time_emb_proj`.
    static String checkpointName(String field) {
        StringBuilder name = new StringBuilder();
        for (char c : field.toCharArray()) {
            if (Character.isUpperCase(c)) {
                name.append('_').append(String.valueOf(c).toLowerCase(Locale.ROOT));
            } else {
                name.append(c);
            }
        }
        return name.toString();
    }
}
