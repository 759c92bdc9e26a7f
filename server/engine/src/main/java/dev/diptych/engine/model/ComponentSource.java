// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.model.Config;
import dev.diptych.engine.model.checkpoint.Checkpoint;

import java.io.IOException;

/// What a device needs to load a component of a model.
///
/// @param identity  equal only for the same weights, settings and adapters: a digest of their contents
/// @param name      how errors call it, for example `portraits/unclip, decoder`
/// @param className of its network
/// @param config    its published settings; read anew for each description, so that what is unread is noticed
/// @param weights   opens them, under the names that the network's description has, adapters applied
public record ComponentSource(
        String identity, String name, String className, java.util.function.Supplier<Config> config, Weights weights) {
    /// Opens a checkpoint. Whoever opens it closes it.
    @FunctionalInterface
    public interface Weights {
        Checkpoint open() throws IOException;
    }
}
