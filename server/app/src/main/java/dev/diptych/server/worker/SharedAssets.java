// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.value.AssetStore;

import java.io.IOException;
import java.util.Optional;

/// Assets in a folder that the server uses too, and those that plugins bring.
public final class SharedAssets implements WorkerAssets {
    private final AssetStore files;
    private final PluginHost plugins;

    public SharedAssets(AssetStore files, PluginHost plugins) {
        this.files = files;
        this.plugins = plugins;
    }

    /// @param reference `<sha256>`, or `<plugin>/<path>`
    @Override
    public Optional<byte[]> read(String reference) throws IOException {
        int slash = reference.indexOf('/');
        return slash < 0
                ? files.read(reference)
                : plugins.asset(reference.substring(0, slash), reference.substring(slash + 1));
    }

    @Override
    public String write(byte[] content) throws IOException {
        return files.write(content);
    }
}
