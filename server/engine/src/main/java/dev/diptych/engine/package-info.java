// SPDX-License-Identifier: Apache-2.0

/// Executes workflow graphs. Knows neither HTTP nor a database.
@NullMarked
package dev.diptych.engine;

import org.jspecify.annotations.NullMarked;
