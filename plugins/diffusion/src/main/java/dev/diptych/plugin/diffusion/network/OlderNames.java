// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import java.util.Map;

/// What the parameters of attention within a picture were called in the checkpoints of before 2023.
final class OlderNames {
    private static final Map<String, String> NEWER =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private OlderNames() {}

    /// `mid_block.attentions.0.query.weight` → `mid_block.attentions.0.to_q.weight`
    ///
    /// @return the same if it is none of these
    static String newer(String stored) {
        int parameter = stored.lastIndexOf('.');
        int layer = stored.lastIndexOf('.', parameter - 1);
        String newer = layer < 0 ? null : NEWER.get(stored.substring(layer + 1, parameter));
        return newer == null || !stored.contains("attentions.")
                ? stored
                : stored.substring(0, layer + 1) + newer + stored.substring(parameter);
    }
}
