// SPDX-License-Identifier: Apache-2.0

/// unCLIP, the system behind DALL-E 2: a prior from captions to embeddings, a decoder from embeddings to pictures, upsamplers, and editing on the
/// bipartite latent (z, x_T). Ramesh et al., arXiv:2204.06125; Karlo's layout and defaults.
@NullMarked
package dev.diptych.plugin.unclip;

import org.jspecify.annotations.NullMarked;
