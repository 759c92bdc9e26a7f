// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;

/// Where a webhook may lead: http or https, and not into a private network unless that is allowed, because the server can
/// reach what its clients cannot. The address is looked up again for each call, and the call goes to that very address.
final class WebhookTargets {
    private static final int LONGEST_URL = 2000;

    private final boolean allowsPrivate;

    WebhookTargets(boolean allowsPrivate) {
        this.allowsPrivate = allowsPrivate;
    }

    /// A target that is allowed.
    record Target(URI uri, InetAddress address) {
        int port() {
            return uri.getPort() >= 0 ? uri.getPort() : isSecure() ? 443 : 80;
        }

        boolean isSecure() {
            return uri.getScheme().equalsIgnoreCase("https");
        }
    }

    /// Blocks for the look-up.
    ///
    /// @throws HttpProblem if the URL is none, or leads where it may not
    Target check(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw refused("it is no URL");
        }
        String scheme = uri.getScheme();
        if (url.length() > LONGEST_URL || scheme == null || uri.getHost() == null || uri.getUserInfo() != null) {
            throw refused("a URL such as https://example.org/hook is needed");
        }
        if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw refused("http or https is needed");
        }
        try {
            InetAddress[] addresses = InetAddress.getAllByName(uri.getHost());
            for (InetAddress address : addresses) {
                if (!allowsPrivate && isPrivate(address)) {
                    throw refused(
                            "it leads into a private network. Start the server with --webhooks-private if that is wanted");
                }
            }
            return new Target(uri, addresses[0]);
        } catch (UnknownHostException e) {
            throw refused("its host is not known");
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

    private static HttpProblem refused(String why) {
        return new HttpProblem(422, "server/bad-webhook", "The webhook is refused: " + why + ".");
    }
}
