// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.transfer.PublicTargets;

import java.util.Set;

/// Where a webhook may lead: http or https, and not into a private network unless that is allowed. The address is looked up again for each call.
final class WebhookTargets {
    private final PublicTargets targets;

    WebhookTargets(boolean allowsPrivate) {
        targets = new PublicTargets(Set.of("http", "https"), allowsPrivate);
    }

    /// Blocks for the look-up.
    ///
    /// @throws HttpProblem if the URL is none, or leads where it may not
    PublicTargets.Target check(String url) {
        try {
            return targets.check(url);
        } catch (PublicTargets.RefusedException e) {
            String next = e.isPrivate() ? ". Start the server with --webhooks-private if that is wanted." : ".";
            throw new HttpProblem(422, "server/bad-webhook", "The webhook is refused: " + e.getMessage() + next);
        }
    }
}
