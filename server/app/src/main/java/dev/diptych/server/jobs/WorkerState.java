// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import java.util.Set;

/// A connected worker, as lists show it.
public record WorkerState(String name, int slots, boolean isDraining, Set<String> jobs) {}
