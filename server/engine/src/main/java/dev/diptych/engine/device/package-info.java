// SPDX-License-Identifier: Apache-2.0

/// Devices: one thread each, the only one that enters libtorch; the networks and weights that are resident there; calls joined into batches.
@NullMarked
package dev.diptych.engine.device;

import org.jspecify.annotations.NullMarked;
