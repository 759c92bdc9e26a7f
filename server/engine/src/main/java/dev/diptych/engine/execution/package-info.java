// SPDX-License-Identifier: Apache-2.0

/// Runs a plan: nodes compute on a bounded pool of platform threads, and what follows from the end of one is done on its thread, one at a time in each run.
@NullMarked
package dev.diptych.engine.execution;

import org.jspecify.annotations.NullMarked;
