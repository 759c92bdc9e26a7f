// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/// What somebody asks for: already validated, so that what is accepted can run.
///
/// @param workflow       a [WorkflowBundle][dev.diptych.server.worker.link.WorkflowBundle], JSON
/// @param inputs         JSON object of the inputs by name
/// @param outputs        the outputs asked for; empty for all
/// @param options        JSON object: `deterministic`, `precision`
/// @param priority       higher is earlier; 0 is usual
/// @param plugins        digests of the plugins that its nodes need
/// @param assets         hashes of the assets it names, which are kept as long as the job
/// @param key            submitting again with the same key gives the same job; null for none
/// @param webhook        URL that is told when the job has ended; null for none
public record JobRequest(
        String owner,
        String name,
        String workflow,
        String inputs,
        List<String> outputs,
        String options,
        int priority,
        Set<String> plugins,
        Set<String> assets,
        @Nullable IdempotencyKey key,
        @Nullable String webhook) {}
