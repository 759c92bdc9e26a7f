// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

/// A job as one claim of it: each claim has an epoch of its own, and a message about an older epoch is answered with
/// [ToWorker.Stale].
public record Holding(String job, long epoch) {}
