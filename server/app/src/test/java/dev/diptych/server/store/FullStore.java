// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.util.concurrent.CompletionException;

/// Makes a store that has no room left, as SQLite itself reports it (`SQLITE_FULL`): its file may not grow.
public final class FullStore {
    private FullStore() {}

    /// From now on what needs a further page of the file is refused.
    public static void fill(Database database) {
        limit(database, 1); // SQLite takes the present size for the least that it allows
    }

    public static void free(Database database) {
        while (true) {
            try {
                limit(database, 1_000_000);
                return;
            } catch (CompletionException _) {
                // it shared its transaction with a change that found no room
            }
        }
    }

    private static void limit(Database database, int pages) {
        database.write(
                        Durability.SYNCED,
                        session -> session.first(row -> row.getLong(1), "PRAGMA max_page_count = " + pages))
                .join();
    }
}
