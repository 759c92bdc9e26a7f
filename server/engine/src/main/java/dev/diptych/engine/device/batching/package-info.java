// SPDX-License-Identifier: Apache-2.0

/// Which waiting calls a device computes next, and which of them together. Pure: time is given, nothing waits, nothing enters native code.
@NullMarked
package dev.diptych.engine.device.batching;

import org.jspecify.annotations.NullMarked;
