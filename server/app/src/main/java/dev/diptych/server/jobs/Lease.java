// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.worker.link.Holding;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;

/// A claim as the server remembers it while it runs; lost when the server ends. Guarded by the lock of [Claims].
final class Lease {
    final Holding holding;
    final String worker;
    final boolean runsAlone;

    /// Nodes that started and did not end.
    final Set<String> announced = new HashSet<>();

    /// Nodes whose end was told; it may be told again.
    final Set<String> ended = new HashSet<>();

    /// On the monotonic clock.
    long expires;

    /// When a cancellation counts as confirmed; null while nobody cancelled.
    @Nullable Long cancelledAt;

    Lease(Holding holding, String worker, boolean runsAlone, long expires) {
        this.holding = holding;
        this.worker = worker;
        this.runsAlone = runsAlone;
        this.expires = expires;
    }
}
