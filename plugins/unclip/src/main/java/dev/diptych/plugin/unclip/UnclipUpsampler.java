// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Karlo's super-resolution, 64 to 256 pixels: one network for all steps but the last, another, tuned for sharpness, for that one.
final class UnclipUpsampler {
    /// The component that tells such models from others.
    static final String FIRST = "super_res_first";

    static final int USUAL_STEPS = 7;

    private final NodeContext context;
    private final ModelReference reference;
    private final Model first;
    private final Model last;

    UnclipUpsampler(NodeContext context, ModelReference reference) {
        this.context = context;
        this.reference = reference;
        this.first = context.model(reference, FIRST);
        this.last = context.model(reference, "super_res_last");
    }

    /// @param small (batch, 3, side, side), -1 to 1
    /// @return (batch, 3, 4 side, 4 side) for the published networks, clamped
    Tensor enlarge(Tensor small, int steps, NoiseSource noise) {
        int side = first.config().integer("sample_size", 256);
        int channels = first.config().integer("in_channels", 6) / 2;
        if (small.size(1) != channels) {
            throw NodeException.user(
                    "unclip/channels",
                    "%s enlarges pictures of %d channels, not %d.",
                    reference.id(),
                    channels,
                    small.size(1));
        }
        requireSide(small, side);
        Tensor low = Enlarging.bicubic(TensorMath.clamp(small, -1, 1), side);
        Solver solver = Solvers.of(context.config(reference, "super_res_scheduler").values(), steps);
        List<Evaluation> evaluations = solver.evaluations();
        double end = evaluations.getLast().timestep();
        Denoiser denoiser =
                (x, timestep) ->
                        Objects.requireNonNull(
                                (timestep == end ? last : first)
                                        .call(
                                                Map.of(
                                                        "sample", Slices.joinChannels(x, low),
                                                        "timestep", Batches.times(timestep, x.size(0))))
                                        .get("sample"));
        Tensor start = TensorMath.linear(solver.initialScale(), noise.normal(low.shape()));
        Tensor large =
                Sampler.of(solver, denoiser)
                        .drawing(noise)
                        .watched(Watcher.of(context, denoised -> Pictures.image(denoised, 0)))
                        .run(start);
        return TensorMath.clamp(large, -1, 1);
    }

    /// The networks saw pictures of the decoder's size, and make all of one.
    private void requireSide(Tensor small, int large) {
        int side =
                context.components(reference).contains("decoder")
                        ? context.config(reference, "decoder").integer("sample_size", large / 4)
                        : large / 4;
        if (small.size(2) != side || small.size(3) != side) {
            throw NodeException.user(
                            "unclip/size",
                            "%s enlarges pictures of %d x %d pixels, not of %d x %d.",
                            reference.id(),
                            side,
                            side,
                            small.size(3),
                            small.size(2))
                    .next(
                            "Crop and resize it first, or take portraits/upsampler-1024, which enlarges pictures of any size.");
        }
    }
}
