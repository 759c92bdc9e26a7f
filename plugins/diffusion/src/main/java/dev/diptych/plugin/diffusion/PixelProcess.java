// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.guidance.PictureGuidance;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.jspecify.annotations.Nullable;

/// How a network was trained to see noise, and so how pictures are drawn with it.
interface PixelProcess {
    /// What a person asked for.
    ///
    /// @param steps    at least 1
    /// @param eta      0 deterministic, 1 as ancestral; null where it was left open
    /// @param clips    whether predictions are kept within the range of pictures; null for as the method does it
    /// @param gradient what guides at the noisy picture, with its scale; null for nothing
    record Wishes(
            SamplingMethod method,
            int steps,
            @Nullable Double eta,
            @Nullable Boolean clips,
            @Nullable Gradient gradient) {}

    /// What one run needs.
    ///
    /// @param denoiser what the solver is to ask
    record Run(Solver solver, Denoiser denoiser) {}

    /// All timesteps of the training.
    NoiseSchedule schedule();

    /// What the network predicts.
    PredictionType prediction();

    /// @throws dev.diptych.api.error.NodeException `diffusion/eta`, and those of the solvers
    Run run(Wishes wishes, Denoiser network);

    /// The network, guided by what judges the pictures that it has in mind.
    ///
    /// @param gradient with its scale
    default Denoiser guided(Denoiser network, Gradient gradient) {
        return new PictureGuidance(network, gradient, schedule(), prediction());
    }

    /// The network as a deterministic path asks it: by the timesteps of [#schedule].
    default Denoiser byTimesteps(Denoiser network) {
        return network;
    }

    /// What guides the network there, by the same timesteps.
    default Gradient byTimesteps(Gradient gradient) {
        return gradient;
    }
}
