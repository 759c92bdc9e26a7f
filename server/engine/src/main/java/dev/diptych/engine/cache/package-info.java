// SPDX-License-Identifier: Apache-2.0

/// Results by content: memory and disk tiers, single flight, and the reason of each miss.
@NullMarked
package dev.diptych.engine.cache;

import org.jspecify.annotations.NullMarked;
