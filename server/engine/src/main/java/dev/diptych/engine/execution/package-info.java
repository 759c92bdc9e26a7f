// SPDX-License-Identifier: Apache-2.0

/// Runs a plan: one virtual thread coordinates a job, nodes compute on a bounded pool of platform threads.
@NullMarked
package dev.diptych.engine.execution;

import org.jspecify.annotations.NullMarked;
