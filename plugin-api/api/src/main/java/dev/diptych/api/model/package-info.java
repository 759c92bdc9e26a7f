// SPDX-License-Identifier: Apache-2.0

/// Models as nodes use them. A model travels along links as a reference; a node asks its context for the live one.
@NullMarked
package dev.diptych.api.model;

import org.jspecify.annotations.NullMarked;
