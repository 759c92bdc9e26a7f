// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Tensor;

import java.util.List;
import java.util.function.Function;

/// Who looks on while a loop runs: progress, cancellation and previews.
public interface Watcher {
    /// The turns of the loop; cancellation ends it between two of them.
    <T> Iterable<T> each(List<T> turns);

    /// Shows the picture that the network has in mind.
    void show(Tensor denoised);

    /// Nobody.
    static Watcher none() {
        return new Watcher() {
            @Override
            public <T> Iterable<T> each(List<T> turns) {
                return turns;
            }

            @Override
            public void show(Tensor denoised) {}
        };
    }

    /// A node's surroundings.
    ///
    /// @param picture makes a small picture of what is being sampled; called only when somebody watches
    static Watcher of(NodeContext context, Function<Tensor, Image> picture) {
        return new Watcher() {
            @Override
            public <T> Iterable<T> each(List<T> turns) {
                return context.each(turns);
            }

            @Override
            public void show(Tensor denoised) {
                context.preview(() -> picture.apply(denoised));
            }
        };
    }

    /// A node's surroundings, where what is sampled is no picture.
    static Watcher of(NodeContext context) {
        return new Watcher() {
            @Override
            public <T> Iterable<T> each(List<T> turns) {
                return context.each(turns);
            }

            @Override
            public void show(Tensor denoised) {}
        };
    }
}
