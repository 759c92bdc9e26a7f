// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Tokens, of which only the hash is stored.
public final class TokenStore {
    private final Database database;

    public TokenStore(Database database) {
        this.database = database;
    }

    public record Token(
            String id, String sha256, String owner, Set<String> scopes, long created, @Nullable Long revoked) {}

    public CompletableFuture<Integer> add(Token token) {
        return database.write(
                Durability.SYNCED,
                session ->
                        session.update(
                                "INSERT INTO tokens (id, sha256, owner, scopes, created) VALUES (?, ?, ?, ?, ?)",
                                token.id(),
                                token.sha256(),
                                token.owner(),
                                String.join(" ", token.scopes()),
                                token.created()));
    }

    /// @return whether there was such a token that was not revoked before
    public CompletableFuture<Boolean> revoke(String id, long now) {
        return database.write(
                Durability.SYNCED,
                session ->
                        session.update("UPDATE tokens SET revoked = ? WHERE id = ? AND revoked IS NULL", now, id) > 0);
    }

    public CompletableFuture<Integer> used(String id, long now) {
        return database.write(
                Durability.GROUPED, session -> session.update("UPDATE tokens SET last_used = ? WHERE id = ?", now, id));
    }

    public Optional<Token> find(String sha256) {
        return list().stream().filter(token -> token.sha256().equals(sha256)).findFirst();
    }

    /// All, the oldest first; revoked ones too, because once a token existed a login is needed.
    public List<Token> list() {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT id, sha256, owner, scopes, created, revoked FROM tokens ORDER BY created, id")
                        .map((row, _) -> {
                            long time = row.getLong(6);
                            Long revoked = row.wasNull() ? null : time;
                            return new Token(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getString(3),
                                    Set.of(row.getString(4).split(" ")),
                                    row.getLong(5),
                                    revoked);
                        })
                        .list());
    }
}
