// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

/// One call of the network, as a solver plans it.
///
/// @param index    from 0; what [Solver#step] goes by
/// @param timestep what the network is told; not always whole
public record Evaluation(int index, double timestep) {}
