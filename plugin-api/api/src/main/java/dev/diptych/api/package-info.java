// SPDX-License-Identifier: Apache-2.0

/// All that a plugin sees of Diptych.
@NullMarked
package dev.diptych.api;

import org.jspecify.annotations.NullMarked;
