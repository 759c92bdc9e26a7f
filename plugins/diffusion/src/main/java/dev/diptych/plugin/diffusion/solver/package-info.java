// SPDX-License-Identifier: Apache-2.0

/// Solvers: from noise to data, one file each, made from a `scheduler_config.json` by [dev.diptych.plugin.diffusion.solver.Solvers].
@NullMarked
package dev.diptych.plugin.diffusion.solver;

import org.jspecify.annotations.NullMarked;
