// SPDX-License-Identifier: Apache-2.0

/// Finds plugins, loads each in its own class loader, and reads the schemas of their nodes.
@NullMarked
package dev.diptych.engine.plugin;

import org.jspecify.annotations.NullMarked;
