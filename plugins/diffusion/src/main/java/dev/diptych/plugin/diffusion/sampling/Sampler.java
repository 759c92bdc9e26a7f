// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.List;

/// The loop from noise to data, or back, for every family: a denoiser is asked, a solver steps, somebody looks on.
///
/// ```java
/// Solver solver = Solvers.of(schedulerConfig, 50);
/// Tensor start = TensorMath.linear(solver.initialScale(), noise.normal(1, 4, 64, 64));
/// Tensor latent = Sampler.of(solver, denoiser).drawing(noise).watched(Watcher.of(context, pictures)).run(start);
/// ```
///
/// A sampler runs once, as its solver does.
public final class Sampler {
    private final Solver solver;
    private final Denoiser denoiser;
    private final NoiseSource noise;
    private final StepHook hook;
    private final Watcher watcher;
    private final int first;

    private Sampler(
            Solver solver, Denoiser denoiser, NoiseSource noise, StepHook hook, Watcher watcher, int first) {
        this.solver = solver;
        this.denoiser = denoiser;
        this.noise = noise;
        this.hook = hook;
        this.watcher = watcher;
        this.first = first;
    }

    /// A sampler that draws nothing, from the first evaluation on.
    public static Sampler of(Solver solver, Denoiser denoiser) {
        return new Sampler(solver, denoiser, NoiseSource.none(), (result, _) -> result.sample(), Watcher.none(), 0);
    }

    /// For solvers that draw.
    public Sampler drawing(NoiseSource source) {
        return new Sampler(solver, denoiser, source, hook, watcher, first);
    }

    /// With something done after each step.
    public Sampler after(StepHook afterStep) {
        return new Sampler(solver, denoiser, noise, afterStep, watcher, first);
    }

    /// With progress, cancellation and previews.
    public Sampler watched(Watcher by) {
        return new Sampler(solver, denoiser, noise, hook, by, first);
    }

    /// From a later evaluation on, see [Solver#startIndex].
    public Sampler from(int evaluation) {
        return new Sampler(solver, denoiser, noise, hook, watcher, evaluation);
    }

    /// All steps.
    ///
    /// @param start x at the first evaluation
    /// @throws NodeException                               `diffusion/not-finite` if a step gives infinity or NaN
    /// @throws java.util.concurrent.CancellationException if the job was cancelled
    public Tensor run(Tensor start) {
        List<Evaluation> evaluations = solver.evaluations();
        Tensor x = start;
        for (Evaluation at : watcher.each(evaluations.subList(first, evaluations.size()))) {
            Tensor output = denoiser.predict(solver.input(x, at), at.timestep());
            StepResult result = solver.step(x, output, at, noise);
            x = requireFinite(hook.after(result, at), at);
            watcher.show(result.denoised());
        }
        return x;
    }

    private Tensor requireFinite(Tensor x, Evaluation at) {
        if (!TensorMath.isFinite(x)) {
            throw NodeException.user(
                            "diffusion/not-finite",
                            "Step %d of %d, at timestep %s, gave numbers that are infinite or undefined.",
                            at.index() + 1,
                            solver.evaluations().size(),
                            at.timestep())
                    .next("Try less guidance, clipping, or float32 in place of a half format.");
        }
        return x;
    }
}
