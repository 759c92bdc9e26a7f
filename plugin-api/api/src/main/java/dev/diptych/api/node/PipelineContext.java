// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.value.ModelReference;

import java.nio.file.Path;

/// What conformance cases of whole pipelines may ask for besides networks: what a node sees.
public interface PipelineContext extends CaseContext {
    /// The model of [#node].
    ModelReference MODEL = new ModelReference("model");

    /// A node's surroundings, in which [#MODEL] stands for a model folder as it was published.
    ///
    /// @param folder with `model_index.json`
    NodeContext node(Path folder);

    /// @throws UnsupportedOperationException if cases run where nodes do not
    static PipelineContext of(CaseContext context) {
        if (context instanceof PipelineContext pipelines) {
            return pipelines;
        }
        throw new UnsupportedOperationException("A pipeline is needed, and this process runs no nodes.");
    }
}
