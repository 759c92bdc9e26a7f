// SPDX-License-Identifier: Apache-2.0

/// Runs a node, or a small workflow, in a unit test without a server.
@NullMarked
package dev.diptych.testkit;

import org.jspecify.annotations.NullMarked;
