// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

/// The record of a node that ended. Inputs and outputs are JSON objects of digests.
public record NodeRow(
        String node,
        long epoch,
        String type,
        String status,
        long milliseconds,
        int elements,
        int cached,
        String missReason,
        String inputs,
        String outputs,
        @Nullable String error) {}
