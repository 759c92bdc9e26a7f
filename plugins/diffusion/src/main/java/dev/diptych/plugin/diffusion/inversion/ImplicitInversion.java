// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.solver.NetworkOutput;

import java.util.ArrayList;
import java.util.List;

/// DDIM inversion that undoes the sampler exactly: each step x' = a x + b f(x) of the sampler is solved for x by the fixed point
/// x = (x' - b f(x)) / a, damped or with Anderson's acceleration (Walker and Ni, SIAM J. Numer. Anal. 49, 2011). It contracts where steps are short and
/// the network is smooth; a step where it does not is ended at the best x found, and the result says so.
///
/// ```java
/// Inversion found = ImplicitInversion.along(path).accelerated(3).run(picture, denoiser, Watcher.none());
/// ```
///
/// Samples of one batch share their mixing; invert pictures one by one if results must not depend on each other.
public final class ImplicitInversion {
    private static final double DEFAULT_TOLERANCE = 1e-7;
    private static final int DEFAULT_ITERATIONS = 50;

    /// Where a residual may come to rest because float32 has no more digits.
    private static final double ROUNDING = 1e-6;

    private static final int PATIENCE = 3;

    private final DdimPath path;
    private final double damping;
    private final int memory;
    private final double tolerance;
    private final int iterations;

    private ImplicitInversion(DdimPath path, double damping, int memory, double tolerance, int iterations) {
        this.path = path;
        this.damping = damping;
        this.memory = memory;
        this.tolerance = tolerance;
        this.iterations = iterations;
    }

    /// Undamped and not accelerated, until rounding hides the rest, in at most 50 evaluations for a step.
    public static ImplicitInversion along(DdimPath path) {
        return new ImplicitInversion(path, 1, 0, DEFAULT_TOLERANCE, DEFAULT_ITERATIONS);
    }

    /// Goes only part of the way at each iteration: slower, but contracts where going all the way swings.
    ///
    /// @param part above 0, at most 1
    public ImplicitInversion damped(double part) {
        if (!(part > 0 && part <= 1)) {
            throw new IllegalArgumentException("A damping of " + part + " is outside 0 … 1");
        }
        return new ImplicitInversion(path, part, memory, tolerance, iterations);
    }

    /// Extrapolates from earlier iterations.
    ///
    /// @param earlier how many, 1 to 10; 2 to 5 are usual; 0 switches it off
    public ImplicitInversion accelerated(int earlier) {
        if (earlier < 0 || earlier > 10) {
            throw new IllegalArgumentException("A memory of " + earlier + " is outside 0 … 10");
        }
        return new ImplicitInversion(path, damping, earlier, tolerance, iterations);
    }

    /// When a step counts as solved, and when it is given up.
    ///
    /// @param residual  of the range of x, above 0; below 1e-6 a step also counts as solved once it gets no better
    /// @param mostTries evaluations for one step, at least 1
    public ImplicitInversion until(double residual, int mostTries) {
        if (!(residual > 0) || mostTries < 1) {
            throw new IllegalArgumentException("A residual of %s in %d tries".formatted(residual, mostTries));
        }
        return new ImplicitInversion(path, damping, memory, residual, mostTries);
    }

    /// From a picture to the noise that [DdimPath#sampler] makes it from.
    ///
    /// @param watcher progress and cancellation
    /// @throws dev.diptych.api.error.NodeException `diffusion/no-noise`
    public Inversion run(Tensor picture, Denoiser denoiser, Watcher watcher) {
        Tensor x = picture;
        int evaluations = 0;
        double largest = 0;
        List<Inversion.Stalled> stalled = new ArrayList<>();
        for (DdimPath.Stride stride : watcher.each(path.strides())) {
            Solved solved = solve(x, path.transition(stride), stride.timestep(), denoiser);
            x = solved.x;
            evaluations += solved.evaluations;
            largest = Math.max(largest, solved.residual);
            if (!(solved.residual <= Math.max(tolerance, ROUNDING))) {
                stalled.add(new Inversion.Stalled(stride.timestep(), solved.residual, solved.factor));
            }
            watcher.show(x);
        }
        return new Inversion(x, largest, evaluations, stalled);
    }

    /// @param factor by which the residual shrank at the last iteration; above 1 it grew
    private record Solved(Tensor x, double residual, int evaluations, double factor) {}

    private Solved solve(Tensor reached, Transition transition, double timestep, Denoiser denoiser) {
        Tensor x = transition.back(reached, output(reached, timestep, denoiser));
        AndersonMixing mixing = new AndersonMixing(memory, damping);
        Tensor best = x;
        double bestResidual = Double.POSITIVE_INFINITY;
        double before = Double.POSITIVE_INFINITY;
        double factor = 0;
        int worse = 0;
        int evaluations = 1;
        while (evaluations < iterations) {
            Tensor image = transition.back(reached, output(x, timestep, denoiser));
            evaluations++;
            double residual = TensorMath.distance(image, x) / Math.max(TensorMath.largest(x), Float.MIN_NORMAL);
            if (!(residual < Double.POSITIVE_INFINITY)) {
                factor = Double.POSITIVE_INFINITY;
                break;
            }
            factor = residual / before;
            before = residual;
            worse = residual < bestResidual ? 0 : worse + 1;
            if (worse == 0) {
                /* Where the map contracts, its image of x is closer than x. */
                best = factor < 1 ? image : x;
                bestResidual = residual;
            }
            boolean isRounding = bestResidual <= ROUNDING && worse > 0;
            if (residual <= tolerance || isRounding || worse >= PATIENCE) {
                break;
            }
            x = mixing.next(x, image);
        }
        return new Solved(best, bestResidual, evaluations, factor);
    }

    private static Tensor output(Tensor x, double timestep, Denoiser denoiser) {
        return NetworkOutput.of(x, denoiser.predict(x, timestep)).prediction();
    }
}
