// SPDX-License-Identifier: Apache-2.0

/// Settings, and where things lie.
@NullMarked
package dev.diptych.server.config;

import org.jspecify.annotations.NullMarked;
