// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.WeightMatch;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.KeyReport;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/// Whether a component's weights are those that its configuration describes: the network is described and held against the header of the file, without
/// a tensor loaded.
///
/// @param component its name
/// @param className of the network
/// @param described parameters that the network has; 0 if it cannot be described
/// @param report    all that differs, or null if the network cannot be described
/// @param refusal   why it cannot be described, or null
public record ComponentCheck(
        String component, String className, long described, @Nullable KeyReport report, @Nullable String refusal) {
    static ComponentCheck of(String component, ComponentSource source, Architectures architectures) {
        String className = source.className();
        try {
            Network network = architectures.describe(className, source.config().get());
            try (Checkpoint weights = source.weights().open()) {
                KeyReport report = WeightMatch.report(architectures.find(className), network, weights);
                return new ComponentCheck(component, className, network.parameterCount(), report, null);
            }
        } catch (IOException | RuntimeException e) { // a plugin describes, from settings that anybody may have written
            return new ComponentCheck(component, className, 0, null, ModelDescriber.reason(e));
        }
    }

    /// Whether the weights are those that are described, all and no others; false also for what cannot be described.
    public boolean fits() {
        return report != null && report.isComplete() && report.extra().isEmpty();
    }
}
