// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The writer's connection with its statements kept prepared: preparing costs more than most of these changes. Used by
/// the writer thread only.
final class Session implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    Session(Connection connection) {
        this.connection = connection;
    }

    /// @return how many rows changed
    int update(String sql, @Nullable Object... values) throws SQLException {
        return with(sql, PreparedStatement::executeUpdate, values);
    }

    /// A statement without a count: begin, commit, savepoints.
    void execute(String sql) throws SQLException {
        with(sql, PreparedStatement::execute);
    }

    <T> List<T> list(Row<T> row, String sql, @Nullable Object... values) throws SQLException {
        return with(
                sql,
                statement -> {
                    try (ResultSet results = statement.executeQuery()) {
                        List<T> rows = new ArrayList<>();
                        while (results.next()) {
                            rows.add(row.read(results));
                        }
                        return rows;
                    }
                },
                values);
    }

    <T> Optional<T> first(Row<T> row, String sql, @Nullable Object... values) throws SQLException {
        return with(
                sql,
                statement -> {
                    try (ResultSet results = statement.executeQuery()) {
                        return results.next() ? Optional.of(row.read(results)) : Optional.empty();
                    }
                },
                values);
    }

    private <T> T with(String sql, Use<T> use, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        try {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return use.of(statement);
        } catch (SQLException e) {
            prepared.remove(sql); // the driver has finalized a statement that failed: it would fail for ever
            close(statement, e);
            throw e;
        }
    }

    private static void close(PreparedStatement statement, SQLException cause) {
        try {
            statement.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private interface Use<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : prepared.values()) {
            statement.close();
        }
        connection.close();
    }

    /// Reads one row.
    interface Row<T> {
        T read(ResultSet results) throws SQLException;
    }
}
