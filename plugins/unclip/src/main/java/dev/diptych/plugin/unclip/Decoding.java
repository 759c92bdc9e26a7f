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
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.guidance.PictureGuidance;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
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
        Denoiser denoiser = guided(decoder.denoiser(List.of(embedding), text, "", guidance), found.isPresent());
        NoiseGenerator generator = new NoiseGenerator(wishes.seed());
        int side = decoder.side();
        Tensor start = noise == null ? generator.normal(1, decoder.channels(), side, side) : noise.tensor();
        requireShape(start, side);
        Solver solver = found.isPresent() ? inverse(found.get(), wishes) : usual(wishes);
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
        return new PictureGuidance(denoiser, gradient, TrainedSchedule.of(decoder.scheduler()), decoder.prediction());
    }

    /// The deterministic sampler along the path of the inversion, unless something else is wished.
    private Solver inverse(Provenance found, Wishes wishes) {
        Integer steps = wishes.steps();
        Double eta = wishes.eta();
        boolean clips = Boolean.TRUE.equals(wishes.clip());
        int own = found.path().timesteps().size();
        if (steps != null && steps != own) {
            notice("steps", String.valueOf(own), String.valueOf(steps));
        }
        if (eta != null && eta != 0) {
            notice("eta", "0", eta.toString());
        }
        if (clips) {
            notice("clipping", "off", "on");
        }
        if (eta != null && eta != 0 || clips) {
            return ddim(steps == null ? own : steps, eta == null ? 0 : eta, clips);
        }
        InversionPaths paths = new InversionPaths(decoder.scheduler(), decoder.prediction());
        FoundPath remembered = found.path();
        FoundPath path =
                steps == null || steps == own
                        ? remembered
                        : new FoundPath(paths.timesteps(steps, remembered.timesteps().getFirst()), remembered.ending());
        return paths.on(path).sampler();
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
        return ddim(steps, eta, clip == null || clip);
    }

    private Solver ddim(int steps, double eta, boolean clips) {
        Map<String, Object> published = decoder.scheduler();
        Map<String, Object> settings = new HashMap<>();
        settings.put("_class_name", "DDIMScheduler");
        settings.put("num_train_timesteps", published.getOrDefault("num_train_timesteps", 1000));
        settings.put("beta_schedule", "squaredcos_cap_v2");
        settings.put("prediction_type", published.getOrDefault("prediction_type", "epsilon"));
        settings.put("clip_sample", clips);
        settings.put("clip_sample_range", published.getOrDefault("clip_sample_range", 1.0));
        settings.put("timestep_spacing", "trailing");
        return Solvers.of(settings, steps, Map.of("eta", eta));
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
        if (!java.util.Arrays.equals(noise.shape(), wanted)) {
            throw NodeException.user(
                    "unclip/noise-shape",
                    "The noise has the shape %s; the decoder of %s takes %s.",
                    java.util.Arrays.toString(noise.shape()),
                    reference.id(),
                    java.util.Arrays.toString(wanted));
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
