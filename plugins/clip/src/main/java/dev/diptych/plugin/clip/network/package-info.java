// SPDX-License-Identifier: Apache-2.0

/// CLIP's two towers, as transformers publishes them: `CLIPTextModel`, `CLIPVisionModel`, either with the projection into the common space, and both as
/// `CLIPModel`. The towers are here; the classes named `…Architecture` read a configuration and say which functions there are.
@NullMarked
package dev.diptych.plugin.clip.network;

import org.jspecify.annotations.NullMarked;
