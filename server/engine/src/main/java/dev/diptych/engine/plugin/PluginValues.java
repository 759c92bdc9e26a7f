// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.ValueType;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns plain values, as [dev.diptych.engine.value.TypedValue#value] describes them, into what a node's records hold, and back.
public final class PluginValues {
    private PluginValues() {}

    /// What a record component of this type holds.
    ///
    /// @throws IllegalArgumentException if a choice has no such word, or an integer does not fit
    public static Object toJava(Type type, Object value) throws ReflectiveOperationException {
        if (type == float.class || type == Float.class) {
            return ((Number) value).floatValue();
        }
        if (type == double.class || type == Double.class) {
            return ((Number) value).doubleValue();
        }
        if (type == int.class || type == Integer.class) {
            long number = ((Number) value).longValue();
            if (number != (int) number) {
                throw new IllegalArgumentException(number + " does not fit into 32 bits");
            }
            return (int) number;
        }
        if (type == long.class || type == Long.class) {
            return ((Number) value).longValue();
        }
        if (type instanceof Class<?> javaClass && javaClass.isEnum()) {
            return constant(javaClass, (String) value);
        }
        if (type instanceof Class<?> javaClass && javaClass.isAnnotationPresent(ValueType.class)) {
            return record(javaClass, (Map<?, ?>) value);
        }
        if (PortTypes.isList(type)) {
            Type element = PortTypes.element(type);
            List<?> values = (List<?>) value;
            Object[] converted = new Object[values.size()];
            for (int i = 0; i < converted.length; i++) {
                converted[i] = toJava(element, values.get(i));
            }
            return List.of(converted);
        }
        return value;
    }

    private static Object constant(Class<?> type, String word) {
        Object[] constants = type.getEnumConstants();
        for (Object constant : constants) {
            if (PortTypes.word((Enum<?>) constant).equals(word)) {
                return constant;
            }
        }
        List<String> words = Arrays.stream(constants).map(c -> PortTypes.word((Enum<?>) c)).toList();
        throw new IllegalArgumentException("\"" + word + "\" is none of " + String.join(", ", words));
    }

    private static Object record(Class<?> type, Map<?, ?> values) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Object value = values.get(components[i].getName());
            if (value == null) {
                throw new IllegalArgumentException("\"" + components[i].getName() + "\" is missing");
            }
            arguments[i] = toJava(components[i].getGenericType(), value);
        }
        var constructor =
                type.getDeclaredConstructor(
                        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        constructor.setAccessible(true);
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(String.valueOf(e.getCause()), e.getCause());
        }
    }

    /// The plain value of what a record component holds; null if it, or anything in it, is null.
    public static @Nullable Object toPlain(@Nullable Object value) throws ReflectiveOperationException {
        switch (value) {
            case null -> {
                return null;
            }
            case Float number -> {
                return number.doubleValue();
            }
            case Integer number -> {
                return number.longValue();
            }
            case Short number -> {
                return number.longValue();
            }
            case Byte number -> {
                return number.longValue();
            }
            case Enum<?> constant -> {
                return PortTypes.word(constant);
            }
            case List<?> list -> {
                Object[] plain = new Object[list.size()];
                for (int i = 0; i < plain.length; i++) {
                    Object element = toPlain(list.get(i));
                    if (element == null) {
                        return null;
                    }
                    plain[i] = element;
                }
                return List.of(plain);
            }
            case Record record when record.getClass().isAnnotationPresent(ValueType.class) -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    var accessor = component.getAccessor();
                    accessor.setAccessible(true);
                    Object field = toPlain(accessor.invoke(record));
                    if (field == null) {
                        return null;
                    }
                    fields.put(component.getName(), field);
                }
                return fields;
            }
            default -> {
                return value;
            }
        }
    }
}
