// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.security;

import dev.diptych.engine.value.Digests;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.TokenStore;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Tokens: 256 random bits, of which the store keeps the hash only. All are held in memory: a look costs no query.
public final class Tokens {
    private static final String PREFIX = "dpt_";
    private static final int TOKEN_BYTES = 32;
    private static final int ID_BYTES = 6;

    private final TokenStore store;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, TokenStore.Token> byHash = new ConcurrentHashMap<>();
    private final Set<Consumer<String>> listeners = ConcurrentHashMap.newKeySet();
    private final Set<Runnable> creationListeners = ConcurrentHashMap.newKeySet();

    public Tokens(Database database) {
        store = new TokenStore(database);
        store.list().forEach(token -> byHash.put(token.sha256(), token));
    }

    /// What is shown of a token.
    public record Info(String id, String owner, Set<Scope> scopes, Instant created, boolean isRevoked) {}

    /// A new token; its text is not stored and cannot be shown again.
    public record Created(Info info, String text) {}

    /// @throws IllegalArgumentException if the owner's name is none, or no scope is given
    public Created create(String owner, Set<Scope> scopes) {
        if (!owner.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")) {
            throw new IllegalArgumentException(
                    "Owner \"" + owner + "\": letters, digits and . _ @ - are allowed, at most 64 of them.");
        }
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("A token needs a scope: read, run, worker or admin.");
        }
        byte[] secret = new byte[TOKEN_BYTES];
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(secret);
        random.nextBytes(id);
        String text = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Set<String> names = new TreeSet<>();
        scopes.forEach(scope -> names.add(scope.text()));
        var token =
                new TokenStore.Token(
                        HexFormat.of().formatHex(id), Digests.of(text), owner, names, System.currentTimeMillis(), null);
        store.add(token).join();
        byHash.put(token.sha256(), token);
        creationListeners.forEach(Runnable::run);
        return new Created(info(token), text);
    }

    /// @return whether there was such a token that was not revoked before
    public boolean revoke(String id) {
        long now = System.currentTimeMillis();
        boolean revoked = store.revoke(id, now).join();
        byHash.replaceAll((_, token) ->
                token.id().equals(id)
                        ? new TokenStore.Token(
                                token.id(), token.sha256(), token.owner(), token.scopes(), token.created(), now)
                        : token);
        listeners.forEach(listener -> listener.accept(id));
        return revoked;
    }

    /// Has something told the id of each token that is revoked, once it is not accepted any more. It must not block.
    ///
    /// @return ends it
    public Runnable whenRevoked(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /// Has something done after each token that is made, from when on a login is needed. It must not block.
    ///
    /// @return ends it
    public Runnable whenCreated(Runnable listener) {
        creationListeners.add(listener);
        return () -> creationListeners.remove(listener);
    }

    boolean isRevoked(String id) {
        return byHash.values().stream().anyMatch(token -> token.id().equals(id) && token.revoked() != null);
    }

    public List<Info> list() {
        return store.list().stream().map(Tokens::info).toList();
    }

    /// Whether a login is needed: once a token was ever made, for good.
    public boolean isLoginNeeded() {
        return !byHash.isEmpty();
    }

    /// @return empty if there is no such token, or it is revoked. The look-up is by hash, so its time tells nothing.
    public Optional<Principal> authenticate(String text) {
        TokenStore.Token token = byHash.get(Digests.of(text));
        return token == null || token.revoked() != null
                ? Optional.empty()
                : Optional.of(new Principal(token.owner(), scopes(token), token.id()));
    }

    private static Info info(TokenStore.Token token) {
        return new Info(
                token.id(),
                token.owner(),
                scopes(token),
                Instant.ofEpochMilli(token.created()),
                token.revoked() != null);
    }

    private static Set<Scope> scopes(TokenStore.Token token) {
        Set<Scope> scopes = new HashSet<>();
        token.scopes().forEach(scope -> scopes.add(Scope.of(scope)));
        return scopes;
    }
}
