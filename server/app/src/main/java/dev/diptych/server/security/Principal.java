// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.security;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/// Who makes a request.
///
/// @param owner  whose jobs and workflows these are
/// @param scopes what is allowed
/// @param token  id of the token that it is known by; null for whoever comes while none is needed
public record Principal(String owner, Set<Scope> scopes, @Nullable String token) {
    /// The commands of this machine's user, known by the server's own secret, which is never revoked.
    public static final Principal LOCAL = new Principal("local", Set.of(Scope.ADMIN), "local");

    /// Whoever reaches a server on loopback while it has no tokens: this machine's user as far as anybody knows.
    public static final Principal ANYBODY = new Principal("local", Set.of(Scope.ADMIN), null);

    public boolean may(Scope scope) {
        return scopes.contains(Scope.ADMIN)
                || scopes.contains(scope)
                || (scope == Scope.READ && scopes.contains(Scope.RUN))
                || (scope == Scope.READ && scopes.contains(Scope.WORKER));
    }

    public boolean isAdmin() {
        return scopes.contains(Scope.ADMIN);
    }
}
