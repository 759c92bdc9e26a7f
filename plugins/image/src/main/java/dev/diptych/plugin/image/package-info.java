// SPDX-License-Identifier: Apache-2.0

/// Nodes that read, change, combine and compare pictures.
@NullMarked
package dev.diptych.plugin.image;

import org.jspecify.annotations.NullMarked;
