// SPDX-License-Identifier: Apache-2.0

/// The installed models: where they lie, what they are, and the digests of their contents. Describing a model reads configurations and the headers of
/// weights, never a tensor; nothing here needs a native library.
@NullMarked
package dev.diptych.engine.model.hub;

import org.jspecify.annotations.NullMarked;
