// SPDX-License-Identifier: Apache-2.0

/// A node is a record of inputs, a record of outputs and a run method. The records are the schema.
@NullMarked
package dev.diptych.api.node;

import org.jspecify.annotations.NullMarked;
