// SPDX-License-Identifier: Apache-2.0

/// Holds the archetype by what it gives.
@NullMarked
package dev.diptych.archetype;

import org.jspecify.annotations.NullMarked;
