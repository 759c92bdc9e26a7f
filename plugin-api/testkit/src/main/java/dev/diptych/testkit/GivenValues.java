// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.plugin.PluginValues;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Turns what a test writes into what the engine passes on: any Java number for a number, an enum for a choice, a record for a plugin's own type.
final class GivenValues {
    private GivenValues() {}

    /// @throws IllegalArgumentException if the port would not take it
    static Object value(PortSchema port, Object given) {
        Object plain;
        try {
            plain = PluginValues.toPlain(given);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(place(port) + given + " cannot be read", e);
        }
        Object value = plain == null ? null : converted(port.type(), plain, port.range());
        if (value == null) {
            throw new IllegalArgumentException(
                    place(port) + port.type().label() + " is needed, " + shown(given) + " is given" + allowed(port));
        }
        return value;
    }

    private static String place(PortSchema port) {
        return "Input \"" + port.name() + "\": ";
    }

    private static String shown(Object given) {
        String name = given.getClass().getSimpleName();
        return given instanceof Number || given instanceof String || given instanceof List<?>
                ? name + " " + given
                : name;
    }

    private static String allowed(PortSchema port) {
        PortSchema.Bounds range = port.range();
        if (range != null) {
            return "; " + range.min() + " … " + range.max() + " is allowed";
        }
        return port.type() instanceof PortType.Choice choice ? "; it is one of " + choice.options() : "";
    }

    /// @return null if it does not fit
    private static @Nullable Object converted(PortType type, Object plain, PortSchema.@Nullable Bounds range) {
        return switch (type) {
            case PortType.ListOf(PortType element) -> {
                if (!(plain instanceof List<?> values)) {
                    yield null;
                }
                List<@Nullable Object> all =
                        values.stream()
                                .<@Nullable Object>map(
                                        value -> converted(element, Objects.requireNonNull(value), range))
                                .toList();
                yield all.contains(null) ? null : all;
            }
            case PortType.Choice choice ->
                    plain instanceof String word && choice.options().contains(word) ? word : null;
            case PortType.Declared declared ->
                    plain instanceof Map<?, ?> fields
                                    && declared.fields().stream().allMatch(field -> fields.containsKey(field.name()))
                            ? fields
                            : null;
            case PortType.Basic basic -> basic(basic, plain, range);
        };
    }

    private static @Nullable Object basic(PortType.Basic type, Object plain, PortSchema.@Nullable Bounds range) {
        return switch (type) {
            case NUMBER -> plain instanceof Number number && fits(number, range) ? (Object) number.doubleValue() : null;
            case INTEGER -> plain instanceof Long number && fits(number, range) ? plain : null;
            case SEED -> plain instanceof Long number ? new Seed(number) : instance(Seed.class, plain);
            case MODEL -> plain instanceof String id ? new ModelReference(id) : instance(ModelReference.class, plain);
            case TEXT -> instance(String.class, plain);
            case BOOLEAN -> instance(Boolean.class, plain);
            case IMAGE -> instance(Image.class, plain);
            case MASK -> instance(Mask.class, plain);
            case EMBEDDING -> instance(Embedding.class, plain);
            case LATENT -> instance(Latent.class, plain);
            case TENSOR -> instance(Tensor.class, plain);
            case VIDEO -> instance(Video.class, plain);
        };
    }

    private static boolean fits(Number number, PortSchema.@Nullable Bounds range) {
        return Double.isFinite(number.doubleValue()) && (range == null || range.contains(number.doubleValue()));
    }

    private static @Nullable Object instance(Class<?> type, Object plain) {
        return type.isInstance(plain) ? plain : null;
    }
}
