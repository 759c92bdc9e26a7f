// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import java.util.Map;
import java.util.SequencedMap;

/// What a workflow gave.
///
/// @param outputs by name, in the document's order
/// @param calls   how often each node was called: once, or once for each element of the list that it was mapped over
public record WorkflowResult(SequencedMap<String, Object> outputs, Map<String, Integer> calls) implements Outputs {}
