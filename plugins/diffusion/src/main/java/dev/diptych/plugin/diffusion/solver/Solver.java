// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;

import java.util.List;

/// One run from noise to data in a fixed number of network calls. The caller calls the network: any network, in pixel, latent or embedding space.
///
/// ```java
/// Solver solver = Solvers.of(schedulerConfig, 50);
/// Tensor x = TensorMath.linear(solver.initialScale(), noise.normal(1, 4, 64, 64));
/// for (Evaluation at : solver.evaluations()) {
///     Tensor output = denoiser.predict(solver.input(x, at), at.timestep());
///     x = solver.step(x, output, at, noise).sample();
/// }
/// ```
///
/// Some solvers remember earlier outputs: an instance serves one run of one batch, on one thread at a time.
/// Evaluations are taken in order, without gaps, from any of them on (see [#startIndex]).
public interface Solver {
    /// All network calls, from the noisiest on.
    List<Evaluation> evaluations();

    /// How many evaluations advance by one level of noise: 1, or 2 for Heun.
    default int evaluationsPerLevel() {
        return 1;
    }

    /// What standard normal noise is multiplied with to begin at the first evaluation: `init_noise_sigma`.
    default double initialScale() {
        return 1;
    }

    /// The noise per signal at each evaluation, and where the run ends: the reference's `sigmas`, as long as there are evaluations and one more.
    /// None for solvers that go by timesteps.
    default double[] sigmas() {
        return new double[0];
    }

    /// What the network is shown for x: `scale_model_input`.
    default Tensor input(Tensor x, Evaluation at) {
        return x;
    }

    /// From one evaluation to the next.
    ///
    /// @param x      (batch, channels, …), float32
    /// @param output the network's, for [#input]; of the same shape, or with twice the channels, of which the second half tells the variance
    /// @param noise  asked only by solvers that draw
    /// @throws dev.diptych.api.error.NodeException `diffusion/output-shape` if the output has another shape
    StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise);

    /// A clean picture with the noise of an evaluation: where a run that begins there starts. `add_noise`.
    ///
    /// @param noise standard normal, of the shape of `clean`
    Tensor noised(Tensor clean, Tensor noise, Evaluation at);

    /// Where a run begins that changes a picture by `strength`: 1 is the first evaluation; 0 is behind the last, so that none is left.
    /// `get_timesteps` of diffusers' image-to-image pipelines.
    ///
    /// @param strength 0 to 1
    default int startIndex(double strength) {
        int perLevel = evaluationsPerLevel();
        int levels = (evaluations().size() + perLevel - 1) / perLevel;
        int kept = Math.min((int) (levels * strength), levels);
        return Math.min((levels - kept) * perLevel, evaluations().size());
    }
}
