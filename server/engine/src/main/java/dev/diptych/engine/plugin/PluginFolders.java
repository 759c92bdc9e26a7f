// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// Where plugins lie.
///
/// @param home       what this process was started from: the root of a source checkout, whose `plugins/*/target/classes` are plugins in development, or an
///                   unpacked release, whose `plugins/*.zip` came with it; null for neither
/// @param data       the data folder: archives in `plugins/`, their digests in `plugins.lock`
/// @param apiVersion of the plugin API, against which `plugin.requires` is held
public record PluginFolders(@Nullable Path home, Path data, String apiVersion) {
    Path archives() {
        return data.resolve("plugins");
    }

    Path lockFile() {
        return data.resolve("plugins.lock");
    }

    /// Copies that the class loaders read from, so that an archive can be replaced while it is in use.
    Path work() {
        return data.resolve("work").resolve("plugins");
    }
}
