// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.util.List;

/// What became of one plugin.
///
/// @param id     its id, or the file's name when it could not be read that far
/// @param source the folder or archive
/// @param digest of its classes and of all that it depends on; empty when it is broken
/// @param reason why it is broken; empty when it is loaded
/// @param fix    what to do about it; empty when it is loaded
/// @param nodes  the node types that it supplies
public record PluginReport(
        String id,
        String version,
        State state,
        String source,
        String digest,
        String reason,
        String fix,
        List<String> nodes) {
    public PluginReport {
        nodes = List.copyOf(nodes);
    }

    public enum State {
        LOADED,
        BROKEN
    }

    static PluginReport broken(String id, String version, String source, String reason, String fix) {
        return new PluginReport(id, version, State.BROKEN, source, "", reason, fix, List.of());
    }
}
