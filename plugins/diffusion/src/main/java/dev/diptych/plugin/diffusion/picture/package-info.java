// SPDX-License-Identifier: Apache-2.0

/// Pictures as networks see them, and back.
@NullMarked
package dev.diptych.plugin.diffusion.picture;

import org.jspecify.annotations.NullMarked;
