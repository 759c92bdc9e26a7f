// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

/// One follower of one job. It takes what was stored page by page, as fast as it likes; once it has everything, it hears what happens.
public interface Subscription {
    /// Hands the next page to the listener. Blocks for the store.
    ///
    /// @return whether there is more to take; if not, the listener hears from now on what happens
    boolean next();

    /// The listener hears nothing after this.
    void end();
}
