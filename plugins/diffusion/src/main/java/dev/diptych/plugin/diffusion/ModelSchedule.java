// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.plugin.diffusion.gaussian.GuidedSettings;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import java.util.List;

/// The noise schedule that a model was trained with.
final class ModelSchedule {
    /// Where the schedulers of published pipelines lie, that of what makes pictures first.
    private static final List<String> SCHEDULERS = List.of("scheduler", "decoder_scheduler", "prior_scheduler");

    private ModelSchedule() {}

    /// @throws NodeException `diffusion/no-schedule` if the model does not say
    static NoiseSchedule of(NodeContext context, ModelReference reference) {
        List<String> components = context.components(reference);
        for (String name : SCHEDULERS) {
            if (components.contains(name)) {
                return TrainedSchedule.of(context.config(reference, name).values());
            }
        }
        if (components.contains("model")) {
            Config config = context.config(reference, "model");
            if (GuidedSettings.isGuided(config)) {
                return GuidedSettings.of(config).schedule();
            }
        }
        throw NodeException.user(
                        "diffusion/no-schedule",
                        "%s has no scheduler; it has %s.",
                        reference.id(),
                        String.join(", ", components))
                .next("Choose a diffusion model, or leave the model open and name a schedule.");
    }
}
