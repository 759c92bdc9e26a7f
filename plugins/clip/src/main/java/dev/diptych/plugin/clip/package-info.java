// SPDX-License-Identifier: Apache-2.0

/// CLIP: pictures and captions as vectors of one space. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision",
/// arXiv:2103.00020.
@NullMarked
package dev.diptych.plugin.clip;

import org.jspecify.annotations.NullMarked;
