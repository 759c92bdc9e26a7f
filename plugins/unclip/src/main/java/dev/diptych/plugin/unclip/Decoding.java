// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.ClippedPrediction;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.guidance.PictureGuidance;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;
import dev.diptych.plugin.diffusion.solver.Thresholding;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From an embedding and noise to a small picture. What is left open is as the noise remembers it, if it was found by inversion, else the usual.
final class Decoding {
    private static final int USUAL_STEPS = 25;
    private static final double USUAL_GUIDANCE = 3;

    /// What a person asked for; null where it was left open.
    ///
    /// @param eta  0 deterministic, 1 as much noise at each step as was taken away; null for the decoder's own scheduler, or 0 from inverted noise
    /// @param clip whether predictions are kept within the range of pictures
    record Wishes(
            @Nullable Embedding embedding,
            @Nullable Latent noise,
            @Nullable String text,
            Seed seed,
            @Nullable Integer steps,
            @Nullable Double guidance,
            @Nullable Double eta,
            @Nullable Boolean clip) {}

    /// What came out.
    ///
    /// @param picture (1, 3, side, side), clamped to -1 … 1
    /// @param notices one for each thing that is not as the noise remembers it
    record Decoded(Tensor picture, List<String> notices) {}

    private final NodeContext context;
    private final ModelReference reference;
    private final UnclipDecoder decoder;
    private final List<String> notices = new ArrayList<>();
    private @Nullable Gradient gradient;

    Decoding(NodeContext context, ModelReference reference, UnclipDecoder decoder) {
        this.context = context;
        this.reference = reference;
        this.decoder = decoder;
    }

    /// @param guide of the pictures that the decoder has in mind, with its scale; null for none
    Decoding guidedBy(@Nullable Gradient guide) {
        gradient = guide;
        return this;
    }

    Decoded decode(Wishes wishes) {
        Latent noise = wishes.noise();
        Optional<Provenance> found = noise == null ? Optional.empty() : Provenance.read(noise);
        found.ifPresent(this::requireOwnDecoder);
        Embedding embedding =
                wishes.embedding() != null ? wishes.embedding() : found.map(Provenance::embedding).orElse(null);
        if (embedding == null) {
            throw NodeException.user("unclip/no-embedding", "No embedding is given, and the noise remembers none.")
                    .next("Link clip/encode-image or unclip/prior to \"embedding\".");
        }
        String text = inherited("text", wishes.text(), found.map(Provenance::text).orElse(null), "");
        double guidance =
                inherited(
                        "guidance scale",
                        wishes.guidance(),
                        found.map(Provenance::guidance).orElse(null),
                        USUAL_GUIDANCE);
        if (found.isPresent() && !embedding.vector().equals(found.get().embedding().vector())) {
            notice("embedding", "the picture's own", "another");
        }
        NoiseGenerator generator = new NoiseGenerator(wishes.seed());
        int side = decoder.side();
        Tensor start = noise == null ? generator.normal(1, decoder.channels(), side, side) : noise.tensor();
        requireShape(start, side);
        Solver solver = found.isPresent() ? inverse(found.get(), wishes) : usual(wishes);
        Denoiser denoiser =
                guided(decoder.denoiser(List.of(embedding), List.of(text), "", guidance), found.isPresent());
        if (found.isPresent() && Boolean.TRUE.equals(wishes.clip())) {
            denoiser = new ClippedPrediction(denoiser, schedule(), decoder.prediction(), range());
        }
        Tensor picture =
                Sampler.of(solver, denoiser)
                        .drawing(generator::normal)
                        .watched(decoder.watcher())
                        .run(TensorMath.linear(solver.initialScale(), start));
        return new Decoded(TensorMath.clamp(picture, -1, 1), List.copyOf(notices));
    }

    private Denoiser guided(Denoiser denoiser, boolean isFound) {
        if (gradient == null) {
            return denoiser;
        }
        if (isFound) {
            notice("guide", "none", "one");
        }
        return new PictureGuidance(denoiser, gradient, schedule(), decoder.prediction());
    }

    /// Along the path of the inversion, unless another number of steps is wished; what is clipped is so before the solver sees it.
    private Solver inverse(Provenance found, Wishes wishes) {
        Integer steps = wishes.steps();
        Double eta = wishes.eta();
        FoundPath remembered = found.path();
        int own = remembered.timesteps().size();
        if (steps != null && steps != own) {
            notice("steps", String.valueOf(own), String.valueOf(steps));
        }
        if (eta != null && eta != 0) {
            notice("eta", "0", eta.toString());
        }
        if (Boolean.TRUE.equals(wishes.clip())) {
            notice("clipping", "off", "on");
        }
        InversionPaths paths = new InversionPaths(decoder.scheduler(), decoder.prediction());
        FoundPath path =
                steps == null || steps == own
                        ? remembered
                        : new FoundPath(paths.timesteps(steps, remembered.timesteps().getFirst()), remembered.ending());
        return eta == null || eta == 0
                ? paths.on(path).sampler()
                : ddim(path.timesteps().stream().mapToInt(Integer::intValue).toArray(), eta, Thresholding.none());
    }

    private Solver usual(Wishes wishes) {
        int steps = wishes.steps() == null ? USUAL_STEPS : wishes.steps();
        Double eta = wishes.eta();
        Boolean clip = wishes.clip();
        if (eta == null) {
            Map<String, Object> own = new HashMap<>(decoder.scheduler());
            if (clip != null) {
                own.put("clip_sample", clip);
            }
            return Solvers.of(own, steps);
        }
        int trained = schedule().length();
        if (steps > trained) {
            throw NodeException.user("unclip/steps", "%d steps are outside 1 … %d.", steps, trained);
        }
        int[] ascending =
                Arrays.stream(TimestepSpacing.TRAILING.timesteps(trained, steps, 0))
                        .mapToInt(t -> (int) t)
                        .sorted()
                        .toArray();
        return ddim(ascending, eta, Boolean.FALSE.equals(clip) ? Thresholding.none() : Thresholding.clip(range()));
    }

    private Solver ddim(int[] timesteps, double eta, Thresholding thresholding) {
        MeanType mean =
                switch (decoder.prediction()) {
                    case EPSILON -> MeanType.EPSILON;
                    case SAMPLE -> MeanType.START_X;
                    case VELOCITY ->
                            throw NodeException.user("unclip/eta", "The decoder of %s knows no eta.", reference.id())
                                    .next("Leave eta open.");
                };
        return GaussianDiffusion.of(
                        schedule(), timesteps, mean, VarianceType.FIXED_SMALL) // which plays no part in DDIM
                .ddim(eta, SamplingHooks.none().withThresholding(thresholding));
    }

    private NoiseSchedule schedule() {
        return TrainedSchedule.of(decoder.scheduler());
    }

    /// Pictures lie in -range … range.
    private double range() {
        return decoder.scheduler().get("clip_sample_range") instanceof Number range ? range.doubleValue() : 1;
    }

    private void requireOwnDecoder(Provenance found) {
        if (!found.decoder().equals(FoundPath.nameOf(reference))) {
            throw NodeException.user(
                            "unclip/other-decoder",
                            "The noise was found with the decoder of %s, and is given to that of %s, which makes something else of it.",
                            found.decoder(),
                            FoundPath.nameOf(reference))
                    .next("Decode with " + found.decoder() + ", or invert the picture anew.");
        }
    }

    private void requireShape(Tensor noise, int side) {
        int[] wanted = {1, decoder.channels(), side, side};
        if (!Arrays.equals(noise.shape(), wanted)) {
            throw NodeException.user(
                    "unclip/noise-shape",
                    "The noise has the shape %s; the decoder of %s takes %s.",
                    Arrays.toString(noise.shape()),
                    reference.id(),
                    Arrays.toString(wanted));
        }
    }

    private <T> T inherited(String what, @Nullable T wished, @Nullable T remembered, T usual) {
        if (wished == null) {
            return remembered != null ? remembered : usual;
        }
        if (remembered != null && !remembered.equals(wished)) {
            notice(
                    what,
                    what.equals("text") ? "another" : remembered.toString(),
                    what.equals("text") ? "this" : wished.toString());
        }
        return wished;
    }

    private void notice(String what, String remembered, String used) {
        String notice = "The noise was found with %s %s; it is decoded with %s.".formatted(what, remembered, used);
        notices.add(notice);
        context.log().info("{}", notice);
    }
}
