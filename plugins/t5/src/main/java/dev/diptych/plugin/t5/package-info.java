// SPDX-License-Identifier: Apache-2.0

/// T5's encoder, which reads the captions of Imagen and DeepFloyd IF. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text
/// Transformer", arXiv:1910.10683; with gated layers: Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202.
@NullMarked
package dev.diptych.plugin.t5;

import org.jspecify.annotations.NullMarked;
