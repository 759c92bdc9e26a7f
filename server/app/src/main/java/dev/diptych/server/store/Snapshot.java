// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What a copy of the store says, read without opening it as a store: nothing is migrated, and nothing is written beside it.
public final class Snapshot {
    private static final String NAMED = "SELECT sha256 FROM assets UNION SELECT sha256 FROM asset_references";

    private Snapshot() {}

    /// The hashes of the assets that are known or that jobs name.
    ///
    /// @param file as [Database#backUpTo] made it
    /// @throws StoreException if it is no such file, or a damaged one
    public static List<String> assets(Path file) {
        SqliteLibrary.prepare();
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toUri() + "?immutable=1");
        try (Connection connection = source.getConnection()) {
            String state = texts(connection, "PRAGMA quick_check(1)").getFirst();
            if (!state.equals("ok")) {
                throw new StoreException("The store's copy " + file + " is damaged: " + state, null);
            }
            return texts(connection, NAMED);
        } catch (SQLException e) {
            throw new StoreException("Cannot read the store's copy " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<String> texts(Connection connection, String query) throws SQLException {
        try (var statement = connection.prepareStatement(query);
                ResultSet rows = statement.executeQuery()) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
