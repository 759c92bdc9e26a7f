// SPDX-License-Identifier: Apache-2.0

/// What a document means: validation, migration, expansion of nested workflows, and the plan of what must run. Pure and iterative: no recursion over nodes.
@NullMarked
package dev.diptych.engine.graph;

import org.jspecify.annotations.NullMarked;
