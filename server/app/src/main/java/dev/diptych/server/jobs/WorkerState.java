// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.worker.link.ToServer;

import java.util.List;
import java.util.Set;

/// A connected worker, as lists show it.
public record WorkerState(
        String name, int slots, boolean isDraining, Set<String> jobs, List<ToServer.Device> devices) {}
