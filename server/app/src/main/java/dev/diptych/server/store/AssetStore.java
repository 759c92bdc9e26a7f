// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// What is known of the files in the assets folder.
public final class AssetStore {
    private final Database database;

    public AssetStore(Database database) {
        this.database = database;
    }

    public record Asset(String sha256, long bytes, String mediaType, String owner, long created) {}

    /// Adding what is there counts as adding it now, so that the sweep spares it for a day.
    public CompletableFuture<Integer> add(Asset asset) {
        return database.write(
                Durability.SYNCED,
                session ->
                        session.update(
                                "INSERT INTO assets (sha256, bytes, media_type, owner, created) VALUES (?, ?, ?, ?, ?) "
                                        + "ON CONFLICT (sha256) DO UPDATE SET created = excluded.created",
                                asset.sha256(),
                                asset.bytes(),
                                asset.mediaType(),
                                asset.owner(),
                                asset.created()));
    }

    public Optional<Asset> find(String sha256) {
        return database.read(reader ->
                reader.createQuery("SELECT sha256, bytes, media_type, owner, created FROM assets WHERE sha256 = ?")
                        .bind(0, sha256)
                        .map((row, _) ->
                                new Asset(
                                        row.getString(1),
                                        row.getLong(2),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getLong(5)))
                        .findOne());
    }
}
