// SPDX-License-Identifier: Apache-2.0

/// Diffusion in continuous time: the variance-preserving stochastic differential equation, its reverse, and the ordinary one with the same marginals.
/// Song et al., arXiv:2011.13456.
@NullMarked
package dev.diptych.plugin.diffusion.continuous;

import org.jspecify.annotations.NullMarked;
