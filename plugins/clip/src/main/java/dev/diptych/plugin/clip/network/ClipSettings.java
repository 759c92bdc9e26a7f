// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.TransformersSettings;

import java.util.Map;

/// Where a tower's settings stand: in a configuration of their own, or in that of a whole CLIP.
final class ClipSettings {
    private ClipSettings() {}

    /// For one tower: the object of this name if there is one (the file of a whole CLIP used for a tower), the configuration itself otherwise.
    ///
    /// @param key `text_config` or `vision_config`
    static Config ofTower(Config config, String key) {
        Config tower = config.object(key).orElse(config);
        if (tower != config) {
            ignoreWhole(config);
            config.ignore("text_config", "vision_config", "text_config_dict", "vision_config_dict", "projection_dim");
        }
        return TransformersSettings.ignore(tower);
    }

    /// For both towers: `…_dict`, which older files have beside the object, overrides it, with the class's defaults for what it leaves open.
    ///
    /// @param key `text_config` or `vision_config`
    static Config ofWhole(Config config, String key) {
        Config tower =
                config.object(key + "_dict")
                        .or(() -> config.object(key))
                        .orElseGet(() -> new Config(config.place() + ", " + key, Map.of()));
        if (config.has(key + "_dict")) {
            config.ignore(key);
        }
        return TransformersSettings.ignore(tower);
    }

    static void ignoreWhole(Config config) {
        TransformersSettings.ignore(config).ignore("logit_scale_init_value");
    }
}
