// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.security;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Decides about a request by its headers alone, before anything else looks at it: whether its Host and Origin are ours, and
/// who makes it. The first keeps out pages that reach a server by a name of their own (DNS rebinding), the second pages of
/// other sites.
public final class Gate {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> PROXY_HEADERS =
            Set.of(
                    "forwarded",
                    "via",
                    "x-real-ip",
                    "x-client-ip",
                    "x-cluster-client-ip",
                    "true-client-ip",
                    "cf-connecting-ip");

    private final Tokens tokens;
    private final Set<String> hosts;
    private final Set<String> origins;
    private final String localSecret;
    private final boolean isLoopback;

    /// @param hosts       further names under which the server is reached, without port
    /// @param origins     origins of other pages that may use the server, such as `https://tools.example`
    /// @param localSecret of this machine's user, as `server.json` has it
    /// @param isLoopback  whether the server listens on loopback only
    public Gate(Tokens tokens, Set<String> hosts, Set<String> origins, String localSecret, boolean isLoopback) {
        this.tokens = tokens;
        this.hosts = Set.copyOf(hosts);
        this.origins = Set.copyOf(origins);
        this.localSecret = localSecret;
        this.isLoopback = isLoopback;
    }

    /// Origins of other pages that may use the server.
    public Set<String> origins() {
        return origins;
    }

    /// The headers that decide.
    public interface Headers {
        @Nullable String get(String name);

        /// Of all that the request has, in any case.
        Set<String> names();
    }

    /// Why a request is refused.
    ///
    /// @param status 401, 403 or 421
    public record Refusal(int status, String code, String message) {}

    /// Who may go on, or why nobody.
    public record Decision(@Nullable Principal principal, @Nullable Refusal refusal) {}

    /// @param host          as the request line or the header has it, with port
    /// @param peerIsLoopback whether the connection comes from this machine
    public Decision decide(String host, boolean peerIsLoopback, Headers headers) {
        String name = withoutPort(host);
        if (!LOOPBACK_NAMES.contains(name) && !hosts.contains(name)) {
            return refused(
                    421,
                    "server/wrong-host",
                    "The server is not known as \""
                            + shown(host)
                            + "\". Start it with --host "
                            + shown(name)
                            + " if it should be.");
        }
        String origin = headers.get("origin");
        if (origin != null && !isOwn(origin, host) && !origins.contains(origin)) {
            return refused(
                    403,
                    "server/foreign-origin",
                    "Pages of \"" + shown(origin) + "\" may not use this server. Start it with --origin to allow it.");
        }
        String text = token(headers);
        if (text != null) {
            if (isSame(text, localSecret)) {
                return new Decision(Principal.LOCAL, null);
            }
            Optional<Principal> principal = tokens.authenticate(text);
            return principal.isPresent()
                    ? new Decision(principal.get(), null)
                    : refused(
                            401,
                            "server/bad-token",
                            "The token is not known, or it is revoked. Make one with: diptych token create");
        }
        boolean isProxied = headers.names().stream().anyMatch(Gate::isOfProxy);
        if (isLoopback && peerIsLoopback && !isProxied && !tokens.isLoginNeeded()) {
            return new Decision(Principal.ANYBODY, null);
        }
        return refused(
                401,
                "server/token-needed",
                (isProxied ? "Requests through a proxy need a token" : "A token is needed")
                        + ", as header \"Authorization: Bearer …\". Make one with: diptych token create");
    }

    /// Who a token belongs to; the local secret is this machine's user.
    public Optional<Principal> authenticate(String text) {
        return isSame(text, localSecret) ? Optional.of(Principal.LOCAL) : tokens.authenticate(text);
    }

    /// Has something done when a principal is let in no more: when its token is revoked or, if it came without one, when the first is made; at once if
    /// that has happened already. It must not block, and may be done twice.
    ///
    /// @return ends it
    public Runnable whenRevoked(Principal principal, Runnable action) {
        String token = principal.token();
        Runnable unwatch =
                token == null
                        ? tokens.whenCreated(action)
                        : tokens.whenRevoked(revoked -> {
                            if (revoked.equals(token)) {
                                action.run();
                            }
                        });
        if (token == null ? tokens.isLoginNeeded() : tokens.isRevoked(token)) {
            action.run();
        }
        return unwatch;
    }

    /// Whether only a proxy sends such a header. None of the many in use is to be forgotten, so the beginning of the name decides.
    private static boolean isOfProxy(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return name.startsWith("x-forwarded") || name.startsWith("x-original") || PROXY_HEADERS.contains(name);
    }

    private static @Nullable String token(Headers headers) {
        String authorization = headers.get("authorization");
        return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : null;
    }

    private static boolean isSame(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isOwn(String origin, String host) {
        return origin.equals("http://" + host) || origin.equals("https://" + host);
    }

    private static String withoutPort(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        int end = lower.startsWith("[") ? lower.indexOf(']') + 1 : lower.indexOf(':');
        return end <= 0 ? lower : lower.substring(0, end);
    }

    private static String shown(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private static Decision refused(int status, String code, String message) {
        return new Decision(null, new Refusal(status, code, message));
    }
}
