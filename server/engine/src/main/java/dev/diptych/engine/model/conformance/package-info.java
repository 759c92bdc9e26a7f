// SPDX-License-Identifier: Apache-2.0

/// Holds Diptych against what reference implementations have computed: reads cases, lets their runners compute, compares.
@NullMarked
package dev.diptych.engine.model.conformance;

import org.jspecify.annotations.NullMarked;
