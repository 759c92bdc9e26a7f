// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The plugins that jobs need, each set stored once: its digests in order, with spaces between.
final class PluginSets {
    private PluginSets() {}

    /// The number of a set, which is stored if it is new.
    static long number(Session session, Set<String> plugins) throws SQLException {
        String digests = String.join(" ", new TreeSet<>(plugins));
        String find = "SELECT id FROM plugin_sets WHERE digests = ?";
        Optional<Long> id = session.first(row -> row.getLong(1), find, digests);
        if (id.isPresent()) {
            return id.get();
        }
        session.update("INSERT INTO plugin_sets (digests) VALUES (?)", digests);
        return session.first(row -> row.getLong(1), find, digests).orElseThrow();
    }

    /// Whether whoever has these plugins has all of a set.
    ///
    /// @param digests a set as it is stored
    static boolean isCovered(String digests, Set<String> plugins) {
        return digests.isEmpty() || plugins.containsAll(Arrays.asList(digests.split(" ")));
    }
}
