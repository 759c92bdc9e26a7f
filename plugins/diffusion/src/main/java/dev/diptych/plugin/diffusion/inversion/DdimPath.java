// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.solver.Solver;

import java.util.ArrayList;
import java.util.List;

/// The levels that a deterministic DDIM sampler passes, and so the way back. Sampler and inversions made from one path belong together. Immutable.
///
/// ```java
/// DdimPath path = DdimPath.of(schedule, TimestepRespacing.parse("ddim250", 1000), PredictionType.EPSILON, 1);
/// Tensor noise = Sampler.of(path.inverse(InversionConvention.GUIDED_DIFFUSION), denoiser).run(picture);
/// Tensor again = Sampler.of(path.sampler(), denoiser).run(noise);
/// ```
public final class DdimPath {
    /// One step of the sampler, from the noisier level to the less noisy one.
    ///
    /// @param timestep what the network is told, at the noisier level
    /// @param noisier  ᾱ where the step begins
    /// @param cleaner  ᾱ where it ends
    record Stride(double timestep, double noisier, double cleaner) {}

    private final List<Stride> strides;
    private final PredictionType prediction;
    private final double firstLevel;

    private DdimPath(List<Stride> strides, PredictionType prediction, double firstLevel) {
        this.strides = strides;
        this.prediction = prediction;
        this.firstLevel = firstLevel;
    }

    /// Through given timesteps.
    ///
    /// @param timesteps  ascending
    /// @param finalAlpha ᾱ where the sampler ends: 1, or ᾱ of timestep 0 without `set_alpha_to_one`
    public static DdimPath of(
            NoiseSchedule schedule, int[] timesteps, PredictionType prediction, double finalAlpha) {
        List<Stride> strides = new ArrayList<>();
        double cleaner = finalAlpha;
        for (int timestep : timesteps) {
            double noisier = schedule.alphaCumulative(timestep);
            strides.add(new Stride(timestep, noisier, cleaner));
            cleaner = noisier;
        }
        return new DdimPath(List.copyOf(strides), prediction, schedule.alphaCumulative(0));
    }

    /// Through the timesteps that a process kept, to ᾱ = 1.
    public static DdimPath of(GaussianDiffusion process, PredictionType prediction) {
        List<Stride> strides = new ArrayList<>();
        double cleaner = 1;
        for (int i = 0; i < process.length(); i++) {
            double noisier = process.schedule().alphaCumulative(i);
            strides.add(new Stride(process.networkTimestep(i), noisier, cleaner));
            cleaner = noisier;
        }
        return new DdimPath(List.copyOf(strides), prediction, process.schedule().alphaCumulative(0));
    }

    /// How many steps there are.
    public int length() {
        return strides.size();
    }

    /// From noise to a picture: DDIM with η = 0, without clipping.
    public Solver sampler() {
        List<TransitionSolver.Turn> turns = new ArrayList<>();
        for (Stride stride : strides.reversed()) {
            turns.add(turn(stride.timestep(), stride.noisier(), stride.cleaner()));
        }
        return new TransitionSolver(prediction, turns);
    }

    /// From a picture to noise, explicitly: the output at the wrong end of each step stands for the one at the right end. The error falls as 1 / steps.
    ///
    /// @throws NodeException `diffusion/no-noise` if the network predicts pictures and the convention begins at one without noise
    public Solver inverse(InversionConvention convention) {
        List<TransitionSolver.Turn> turns = new ArrayList<>();
        for (int i = 0; i < strides.size(); i++) {
            Stride stride = strides.get(i);
            turns.add(switch (convention) {
                case GUIDED_DIFFUSION -> turn(
                        stride.timestep(),
                        stride.noisier(),
                        i + 1 < strides.size() ? strides.get(i + 1).noisier() : 0);
                case DIFFUSERS_FROM_CLEAN -> turn(stride.timestep(), i == 0 ? 1 : stride.cleaner(), stride.noisier());
                case DIFFUSERS_FROM_FIRST_LEVEL -> turn(
                        stride.timestep(), i == 0 ? firstLevel : stride.cleaner(), stride.noisier());
            });
        }
        return new TransitionSolver(prediction, turns);
    }

    private TransitionSolver.Turn turn(double timestep, double from, double to) {
        Transition transition = Transition.between(prediction, from, to);
        if (!transition.isFinite()) {
            throw noNoise();
        }
        return new TransitionSolver.Turn(timestep, from, transition);
    }

    /// The sampler's steps, from the least noisy on, each of which can be undone.
    List<Stride> strides() {
        return strides;
    }

    Transition transition(Stride stride) {
        Transition transition = Transition.between(prediction, stride.noisier(), stride.cleaner());
        if (!transition.isFinite() || transition.a() == 0) {
            throw noNoise();
        }
        return transition;
    }

    PredictionType prediction() {
        return prediction;
    }

    private static NodeException noNoise() {
        return NodeException.user(
                        "diffusion/no-noise",
                        "A network that predicts pictures says nothing about the noise of one that has none, or only noise.")
                .next("End the sampler at the first level (set_alpha_to_one false), and invert from there.");
    }
}
