// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Removes what nobody needs any more: jobs that ended long ago, then assets that no job and no workflow names.
public final class Retention {
    private final Database database;

    public Retention(Database database) {
        this.database = database;
    }

    /// @param finishedBefore milliseconds since 1970
    /// @param limit          how many at most; small, so that others need not wait
    /// @return how many were removed
    public CompletableFuture<Integer> sweepJobs(long finishedBefore, int limit) {
        return database.write(
                Durability.GROUPED,
                session -> {
                    List<String> old =
                            session.list(
                                    row -> row.getString(1),
                                    "SELECT id FROM jobs WHERE finished IS NOT NULL AND finished < ? ORDER BY finished LIMIT ?",
                                    finishedBefore,
                                    limit);
                    for (String job : old) {
                        session.update("DELETE FROM node_records WHERE job = ?", job);
                        session.update("DELETE FROM events WHERE job = ?", job);
                        session.update("DELETE FROM strikes WHERE job = ?", job);
                        session.update("DELETE FROM webhooks WHERE job = ?", job);
                        session.update("DELETE FROM asset_references WHERE job = ?", job);
                        session.update("DELETE FROM jobs WHERE id = ?", job);
                    }
                    return old.size();
                });
    }

    /// @return the hashes of the assets removed; their files may be deleted, unless somebody asked for them meanwhile
    public CompletableFuture<List<String>> sweepAssets(long createdBefore, int limit) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    List<String> unused =
                            session.list(
                                    row -> row.getString(1),
                                    "SELECT sha256 FROM assets a WHERE created < ? "
                                            + "AND NOT EXISTS (SELECT 1 FROM asset_references WHERE sha256 = a.sha256) "
                                            + "AND NOT EXISTS (SELECT 1 FROM workflows WHERE instr(document, a.sha256) > 0) LIMIT ?",
                                    createdBefore,
                                    limit);
                    for (String asset : unused) {
                        session.update("DELETE FROM assets WHERE sha256 = ?", asset);
                    }
                    return unused;
                });
    }

    /// Whether an asset is known, or a job or a workflow names it.
    public boolean isNamed(String sha256) {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT EXISTS (SELECT 1 FROM assets WHERE sha256 = :sha256) "
                                        + "OR EXISTS (SELECT 1 FROM asset_references WHERE sha256 = :sha256) "
                                        + "OR EXISTS (SELECT 1 FROM workflows WHERE instr(document, :sha256) > 0)")
                        .bind("sha256", sha256)
                        .mapTo(Boolean.class)
                        .one());
    }
}
