// SPDX-License-Identifier: Apache-2.0

/// Where models come from.
@NullMarked
package dev.diptych.engine.model;

import org.jspecify.annotations.NullMarked;
