// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;

/// A job as stored, without its long texts. Instants are milliseconds since 1970.
public record JobRow(
        String id,
        String owner,
        String state,
        int priority,
        String name,
        boolean runsAlone,
        long epoch,
        @Nullable String worker,
        long created,
        @Nullable Long started,
        @Nullable Long finished,
        String options,
        @Nullable String result,
        @Nullable String error) {
    static final String COLUMNS =
            "id, owner, state, priority, name, runs_alone, epoch, worker, created, started, finished, options, result, error";

    static JobRow read(ResultSet row) throws SQLException {
        return new JobRow(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getInt(4),
                row.getString(5),
                row.getBoolean(6),
                row.getLong(7),
                row.getString(8),
                row.getLong(9),
                time(row, 10),
                time(row, 11),
                row.getString(12),
                row.getString(13),
                row.getString(14));
    }

    private static @Nullable Long time(ResultSet row, int column) throws SQLException {
        long time = row.getLong(column);
        return row.wasNull() ? null : time;
    }

    /// The long texts of a job.
    ///
    /// @param outputs JSON array of the outputs asked for
    public record Texts(String workflow, String inputs, String outputs) {}
}
