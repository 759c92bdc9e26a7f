// SPDX-License-Identifier: Apache-2.0

/// What a document means: validation, migration, expansion of nested workflows, and the plan of what must run. Pure and iterative: no recursion over nodes.
///
/// A nested workflow is a node. Given a list where it declares one value it runs for each element, as if it had been run by itself with that
/// element: all its outputs become lists, lists for several inputs go in step, and a seed among its inputs advances where it enters. What is
/// written inside, seeds too, is the same for each element. The plan has no such runs: it gives each node inside, and each list put together
/// there, the levels of lists that it is mapped over, those of the workflows around it outermost.
@NullMarked
package dev.diptych.engine.graph;

import org.jspecify.annotations.NullMarked;
