// SPDX-License-Identifier: Apache-2.0

/// The bundled world of drawn portraits: what reads its pictures, so that an edit's effect can be measured.
@NullMarked
package dev.diptych.plugin.portraits;

import org.jspecify.annotations.NullMarked;
