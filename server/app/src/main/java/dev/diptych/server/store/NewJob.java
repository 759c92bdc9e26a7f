// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/// A job to be stored.
///
/// @param outputs        JSON array
/// @param requestDigest  equal for equal requests; compared when the key was used before. Null without a key
public record NewJob(
        String id,
        String owner,
        int priority,
        String name,
        String workflow,
        String inputs,
        String outputs,
        String options,
        Set<String> plugins,
        Set<String> assets,
        @Nullable String idempotencyKey,
        @Nullable String requestDigest,
        @Nullable String webhook,
        long created) {}
