// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.stream.Collectors;

/// A tensor of the checkpoint that a [Module] computes with. Its name is the path of fields that leads to it.
public final class Parameter {
    private final long[] shape;
    private @Nullable String name;
    private int index = -1;

    /// @param shape as the checkpoint has it
    public Parameter(long... shape) {
        this.shape = shape.clone();
    }

    public long[] shape() {
        return shape.clone();
    }

    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /// The checkpoint's name of it.
    ///
    /// @throws IllegalStateException before [Network#of] has named it
    public String name() {
        if (name == null) {
            throw new IllegalStateException(
                    "A parameter "
                            + shapeText()
                            + " is used that no field of a module leads to; keep it, or the module that has it, in a field.");
        }
        return name;
    }

    /// The path of the module that has it.
    String modulePath() {
        int dot = name().lastIndexOf('.');
        return dot < 0 ? "the network" : name().substring(0, dot);
    }

    int index() {
        return index;
    }

    void name(String path, int place) {
        if (name != null) {
            throw new DescriptionException(
                    "%s and %s are one parameter; give each module its own, or leave one field out.", name, path);
        }
        name = path;
        index = place;
    }

    String shapeText() {
        return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
    }

    @Override
    public String toString() {
        return (name == null ? "parameter" : name) + " " + shapeText();
    }
}
