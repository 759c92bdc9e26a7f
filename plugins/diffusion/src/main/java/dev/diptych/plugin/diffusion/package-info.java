// SPDX-License-Identifier: Apache-2.0

/// The nodes of plain diffusion: noise schedules, noise, and networks that make pictures from noise alone. Ho et al., arXiv:2006.11239; Song et al.,
/// arXiv:2010.02502; Dhariwal and Nichol, arXiv:2105.05233. What they are made of lies in the packages below.
@NullMarked
package dev.diptych.plugin.diffusion;

import org.jspecify.annotations.NullMarked;
