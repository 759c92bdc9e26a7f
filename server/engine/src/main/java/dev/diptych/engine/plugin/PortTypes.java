// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.ValueType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;
import dev.diptych.engine.document.PortType;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The types of ports that Java types stand for.
final class PortTypes {
    static final String ALLOWED =
            "double, float, int, long, boolean, String, an enum, Seed, Image, Mask, Embedding, Latent, Tensor, Video, ModelReference, a record"
                    + " of these with @ValueType that does not hold itself, List<…> of these, or Optional<…> of these";

    private static final Map<Type, PortType> BASIC =
            Map.ofEntries(
                    Map.entry(double.class, PortType.Basic.NUMBER),
                    Map.entry(Double.class, PortType.Basic.NUMBER),
                    Map.entry(float.class, PortType.Basic.NUMBER),
                    Map.entry(Float.class, PortType.Basic.NUMBER),
                    Map.entry(int.class, PortType.Basic.INTEGER),
                    Map.entry(Integer.class, PortType.Basic.INTEGER),
                    Map.entry(long.class, PortType.Basic.INTEGER),
                    Map.entry(Long.class, PortType.Basic.INTEGER),
                    Map.entry(boolean.class, PortType.Basic.BOOLEAN),
                    Map.entry(Boolean.class, PortType.Basic.BOOLEAN),
                    Map.entry(String.class, PortType.Basic.TEXT),
                    Map.entry(Seed.class, PortType.Basic.SEED),
                    Map.entry(Image.class, PortType.Basic.IMAGE),
                    Map.entry(Mask.class, PortType.Basic.MASK),
                    Map.entry(Embedding.class, PortType.Basic.EMBEDDING),
                    Map.entry(Latent.class, PortType.Basic.LATENT),
                    Map.entry(Tensor.class, PortType.Basic.TENSOR),
                    Map.entry(Video.class, PortType.Basic.VIDEO),
                    Map.entry(ModelReference.class, PortType.Basic.MODEL));

    private PortTypes() {}

    /// @return empty if the type cannot be a port's
    static Optional<PortType> of(Type type) {
        return of(type, Set.of());
    }

    /// @param around the records that this is a component of
    private static Optional<PortType> of(Type type, Set<Class<?>> around) {
        PortType basic = BASIC.get(type);
        if (basic != null) {
            return Optional.of(basic);
        }
        if (type instanceof Class<?> javaClass) {
            if (javaClass.isEnum()) {
                return Optional.of(
                        new PortType.Choice(
                                Arrays.stream(javaClass.getEnumConstants())
                                        .map(constant -> word((Enum<?>) constant))
                                        .toList()));
            }
            ValueType declared = javaClass.getAnnotation(ValueType.class);
            return declared == null || !javaClass.isRecord() || around.contains(javaClass)
                    ? Optional.empty()
                    : declared(declared.id(), javaClass, around);
        }
        if (isList(type)) {
            return of(element(type), around).map(PortType.ListOf::new);
        }
        return Optional.empty();
    }

    private static Optional<PortType> declared(String id, Class<?> javaClass, Set<Class<?>> around) {
        Set<Class<?>> inner = new HashSet<>(around);
        inner.add(javaClass);
        List<PortType.Declared.Field> fields = new ArrayList<>();
        for (RecordComponent component : javaClass.getRecordComponents()) {
            Optional<PortType> type = of(component.getGenericType(), inner);
            if (type.isEmpty()) {
                return Optional.empty();
            }
            fields.add(new PortType.Declared.Field(component.getName(), type.get()));
        }
        return Optional.of(new PortType.Declared(id, fields));
    }

    /// An enum constant as documents write it: `SOFT_LIGHT` is `soft-light`.
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static boolean isList(Type type) {
        return type instanceof ParameterizedType generic && generic.getRawType() == List.class;
    }

    static boolean isOptional(Type type) {
        return type instanceof ParameterizedType generic && generic.getRawType() == Optional.class;
    }

    /// The one type argument of a list or optional.
    static Type element(Type type) {
        return ((ParameterizedType) type).getActualTypeArguments()[0];
    }
}
