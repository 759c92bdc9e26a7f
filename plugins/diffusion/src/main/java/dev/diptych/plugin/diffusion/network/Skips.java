// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What the way down leaves for the way up: a stack of pictures; and, in networks that have one, the picture that runs beside the U at every resolution.
final class Skips {
    private final List<@Nullable Symbol> stack = new ArrayList<>();
    private @Nullable Symbol beside;

    /// @param x null where a layer leaves nothing
    void push(@Nullable Symbol x) {
        stack.add(x);
    }

    /// The last one that is there, which is taken away.
    @Nullable Symbol pop() {
        if (stack.isEmpty()) {
            throw new IllegalStateException("The way up takes more than the way down has left");
        }
        return stack.removeLast();
    }

    /// The last one that is there, which stays. Null if it was left empty, or there is none.
    @Nullable Symbol peek() {
        return stack.isEmpty() ? null : stack.getLast();
    }

    /// The picture beside the U at the present resolution.
    @Nullable Symbol beside() {
        return beside;
    }

    void setBeside(@Nullable Symbol picture) {
        beside = picture;
    }
}
