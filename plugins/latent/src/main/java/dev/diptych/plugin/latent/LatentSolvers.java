// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import java.util.HashMap;
import java.util.Map;

/// The solver that a folder's scheduler names, with what the reference's pipelines of Stable Diffusion correct in settings that were written before these options
/// were: `steps_offset` is 1; predictions of latents are not clipped, except for inpainting, which instead begins PNDM without Runge and Kutta's steps. The pipelines of
/// Stable unCLIP correct nothing.
final class LatentSolvers {
    private static final String DDIM = "DDIMScheduler";

    private final Map<String, Object> settings;
    private final boolean corrects;

    /// @param corrects whether settings are corrected, as for Stable Diffusion
    LatentSolvers(Config scheduler, boolean corrects) {
        settings = new HashMap<>(scheduler.values());
        this.corrects = corrects;
        if (corrects) {
            settings.put("steps_offset", 1);
        }
    }

    /// @param isInpainting whether it is for inpainting
    /// @throws NodeException `latent/eta` if the solver has none, and those of [Solvers#of(Map, int, Map)]
    Solver solver(int steps, double eta, boolean isInpainting) {
        Map<String, Object> own = new HashMap<>(settings);
        if (corrects) {
            own.put(isInpainting ? "skip_prk_steps" : "clip_sample", isInpainting);
        }
        if (eta == 0) {
            return Solvers.of(own, steps);
        }
        if (!hasEta()) {
            throw NodeException.user(
                            "latent/eta",
                            "eta is %s, and the model's %s has none; allowed: 0.",
                            eta,
                            String.valueOf(settings.get("_class_name")))
                    .next("Set eta to 0, or choose a model whose scheduler is %s.".formatted(DDIM));
        }
        return Solvers.of(own, steps, Map.of("eta", eta));
    }

    /// Whether its steps can draw noise by choice.
    boolean hasEta() {
        return DDIM.equals(settings.get("_class_name"));
    }
}
