// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Config;

/// Karlo's configurations have a part for the network and one for the diffusion.
final class KarloSettings {
    private KarloSettings() {}

    /// The network's part; the other does not change what the network computes.
    static Config model(Config config) {
        return config.ignore("diffusion").object("model").orElseThrow(() -> config.unsupported("model", "is missing"));
    }
}
