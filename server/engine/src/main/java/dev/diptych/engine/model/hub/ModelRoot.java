// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A folder that models lie in.
///
/// @param folder   need not exist
/// @param prefix   of the names of all models in it: empty, or a plugin's id and a slash
/// @param origin   who has put them there
/// @param licence  of models that name none themselves, or null
public record ModelRoot(Path folder, String prefix, Origin origin, @Nullable String licence) {
    /// Who has put a model where it is.
    public enum Origin {
        /// `model add`: it may be removed.
        DATA,
        /// A folder that the configuration names.
        FOLDER,
        /// A plugin brings it.
        PLUGIN
    }

    /// What was added to a data folder.
    public static ModelRoot ofData(Path data) {
        return new ModelRoot(data.resolve("models"), "", Origin.DATA, null);
    }

    /// A folder that the configuration names.
    public static ModelRoot ofFolder(Path folder) {
        return new ModelRoot(folder, "", Origin.FOLDER, null);
    }

    /// What a plugin brings.
    ///
    /// @param licence the plugin's
    public static ModelRoot ofPlugin(String pluginId, Path folder, @Nullable String licence) {
        return new ModelRoot(folder, pluginId + "/", Origin.PLUGIN, licence);
    }
}
