// SPDX-License-Identifier: Apache-2.0

/// Making a clean picture worse on purpose: what the networks of a cascade expect their condition to look like.
@NullMarked
package dev.diptych.plugin.diffusion.augmentation;

import org.jspecify.annotations.NullMarked;
