// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

/// The record of a node that ended. Inputs and outputs are JSON objects of digests, and devices one of what it had of them, if it called a model.
public record NodeRow(
        String node,
        long epoch,
        String type,
        String status,
        long milliseconds,
        int elements,
        int cached,
        String missReason,
        @Nullable String devices,
        String inputs,
        String outputs,
        @Nullable String error) {}
