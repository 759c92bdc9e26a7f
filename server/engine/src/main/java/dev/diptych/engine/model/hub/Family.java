// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import java.util.List;

/// What a model is, as users call it.
///
/// @param name  for example `Stable Diffusion 1`
/// @param tasks what it can do, the words of the Hugging Face Hub where it has some: `text-to-image`, `image-to-image`, `inpainting`, …
record Family(String name, List<String> tasks) {
    static Family of(String name, String... tasks) {
        return new Family(name, List.of(tasks));
    }
}
