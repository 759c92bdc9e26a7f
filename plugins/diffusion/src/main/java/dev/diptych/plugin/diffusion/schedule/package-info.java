// SPDX-License-Identifier: Apache-2.0

/// What noise is added when: the levels a network was trained on, the ones a solver visits, and how a network's output is read.
/// Noise schedules and sigma schedules are two ports; neither knows a solver.
@NullMarked
package dev.diptych.plugin.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
