// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;

/// Where this machine may connect to for somebody else: certain protocols, and not into a private network unless that is allowed, because a server can
/// reach what its clients cannot. The address is looked up here, and the connection has to go to that very address.
///
/// @param protocols     for example `https`
/// @param allowsPrivate whether private networks may be reached
public record PublicTargets(Set<String> protocols, boolean allowsPrivate) {
    private static final int LONGEST_URL = 2000;
    private static final int GREATEST_PORT = 65_535;

    public PublicTargets {
        protocols = Set.copyOf(protocols);
    }

    /// A target that is allowed.
    public record Target(URI uri, InetAddress address) {
        /// A request to it, at the very address that was looked up.
        public RequestOptions request(HttpMethod method) {
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String numbers = address.getHostAddress();
            return new RequestOptions()
                    .setMethod(method)
                    .setServer(
                            SocketAddress.inetSocketAddress(
                                    port(), address instanceof Inet6Address ? "[" + numbers + "]" : numbers))
                    .setHost(uri.getHost())
                    .setPort(port())
                    .setSsl(isSecure())
                    .setURI(path + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()));
        }

        private int port() {
            return uri.getPort() >= 0 ? uri.getPort() : isSecure() ? 443 : 80;
        }

        private boolean isSecure() {
            return uri.getScheme().equalsIgnoreCase("https");
        }
    }

    /// A URL that may not be followed. The message says why, as the end of a sentence.
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean isPrivate;

        RefusedException(String why, boolean isPrivate) {
            super(why);
            this.isPrivate = isPrivate;
        }

        /// Whether it is refused only because it leads into a private network.
        public boolean isPrivate() {
            return isPrivate;
        }
    }

    /// Blocks for the look-up.
    ///
    /// @throws RefusedException if the URL is none, or leads where it may not
    public Target check(String url) throws RefusedException {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new RefusedException("it is no URL", false);
        }
        String scheme = uri.getScheme();
        if (url.length() > LONGEST_URL || scheme == null || uri.getHost() == null || uri.getUserInfo() != null) {
            throw new RefusedException("a URL such as https://example.org/path is needed", false);
        }
        if (uri.getPort() == 0 || uri.getPort() > GREATEST_PORT) {
            throw new RefusedException("port " + uri.getPort() + " is outside 1.." + GREATEST_PORT, false);
        }
        if (!protocols.contains(scheme.toLowerCase(Locale.ROOT))) {
            throw new RefusedException(String.join(" or ", protocols.stream().sorted().toList()) + " is needed", false);
        }
        try {
            InetAddress[] addresses = InetAddress.getAllByName(uri.getHost());
            for (InetAddress address : addresses) {
                if (!allowsPrivate && isPrivate(address)) {
                    throw new RefusedException("it leads into a private network", true);
                }
            }
            return new Target(uri, addresses[0]);
        } catch (UnknownHostException e) {
            throw new RefusedException("its host is not known", false);
        }
    }

    private static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean isUniqueLocal = address instanceof Inet6Address && (bytes[0] & 0xfe) == 0xfc;
        boolean isShared = bytes.length == 4 && (bytes[0] & 255) == 100 && (bytes[1] & 0xc0) == 64;
        boolean isThisNetwork = bytes.length == 4 && bytes[0] == 0;
        return address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()
                || isUniqueLocal
                || isShared
                || isThisNetwork;
    }
}
