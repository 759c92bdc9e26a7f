// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.security;

import java.util.Set;

/// Who makes a request.
///
/// @param owner  whose jobs and workflows these are
/// @param scopes what is allowed
public record Principal(String owner, Set<Scope> scopes) {
    /// Whoever reaches a server on loopback while it has no tokens, and the commands of this machine's user.
    public static final Principal LOCAL = new Principal("local", Set.of(Scope.ADMIN));

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
