// SPDX-License-Identifier: Apache-2.0

/// Jobs: accepted, claimed by workers, followed, cancelled, retried, and never lost. [JobService] is the front; the store
/// below it decides what is true, and what is in memory (leases, events on their way) can be lost at any moment.
@NullMarked
package dev.diptych.server.jobs;

import org.jspecify.annotations.NullMarked;
