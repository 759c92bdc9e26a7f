// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.server.store.JobRow;

import java.util.Set;

/// What the installed plugins make of a job that was stored before.
public interface JobPlans {
    /// Digests of the plugins that are installed.
    Set<String> installed();

    /// @throws DocumentException with all problems, if they cannot run it
    JobPlan plan(JobRow.Texts job);

    /// @param workflow a [WorkflowBundle][dev.diptych.server.worker.link.WorkflowBundle] brought forward to them, JSON
    /// @param plugins  digests of those that its nodes need
    record JobPlan(String workflow, Set<String> plugins) {}
}
