// SPDX-License-Identifier: Apache-2.0

/// Holds whole pipelines against those of diffusers.
@NullMarked
package dev.diptych.plugin.latent.conformance;

import org.jspecify.annotations.NullMarked;
