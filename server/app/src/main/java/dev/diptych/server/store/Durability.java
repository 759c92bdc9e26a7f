// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

/// When a change reaches the disk. Both kinds are synced before their future completes.
public enum Durability {
    /// At once, together with everything that waits.
    SYNCED,
    /// With the next commit, at most 20 ms later.
    GROUPED
}
