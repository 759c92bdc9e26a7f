// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.ClippedPrediction;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.guidance.GradientGuidance;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.solver.Evaluation;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// From noise to a picture. What is left open is as the noise remembers it, if it was found by inversion, else the usual.
final class PixelSampling {
    static final int USUAL_STEPS = 50;

    /// What a person asked for; null where it was left open.
    record Wishes(
            @Nullable Latent noise,
            Seed seed,
            SamplingMethod method,
            @Nullable Integer steps,
            @Nullable Double eta,
            @Nullable Boolean clips,
            @Nullable Integer label,
            @Nullable Integer width,
            @Nullable Integer height) {}

    /// Who sees each step of a run.
    @FunctionalInterface
    interface Onlooker {
        /// @param x        what the network was shown
        /// @param denoised what it had in mind
        void see(Evaluation at, int evaluations, Tensor x, Tensor denoised);
    }

    /// What came out.
    ///
    /// @param picture (1, channels, height, width), clamped to -1 … 1
    /// @param notices one for each thing that is not as the noise remembers it
    record Sampled(Tensor picture, List<String> notices) {}

    private final PixelModel model;
    private final List<String> notices = new ArrayList<>();
    private @Nullable Gradient gradient;
    private @Nullable Gradient pictureGradient;
    private Onlooker onlooker = (_, _, _, _) -> {};

    PixelSampling(PixelModel model) {
        this.model = model;
    }

    PixelSampling guidedBy(@Nullable Gradient guide) {
        gradient = guide;
        return this;
    }

    /// @param guide of the pictures that the network has in mind
    PixelSampling guidedInMindBy(@Nullable Gradient guide) {
        pictureGradient = guide;
        return this;
    }

    PixelSampling seenBy(Onlooker who) {
        onlooker = who;
        return this;
    }

    Sampled sample(Wishes wishes) {
        Latent noise = wishes.noise();
        Optional<PixelProvenance> found = noise == null ? Optional.empty() : PixelProvenance.read(noise);
        found.ifPresent(this::requireOwnModel);
        Denoiser network = network(label(wishes, found));
        int[] shape =
                noise == null || wishes.height() != null || wishes.width() != null
                        ? model.shape(wishes.height(), wishes.width())
                        : model.shape(noise.tensor().size(2), noise.tensor().size(3));
        PixelProcess.Run run =
                found.isPresent()
                        ? along(found.get(), wishes, network)
                        : usual(wishes, orUsual(wishes.steps()), network);
        NoiseGenerator generator = new NoiseGenerator(wishes.seed());
        Tensor start = noise == null ? generator.normal(shape) : requireNoise(noise, shape);
        Tensor scaled = TensorMath.linear(run.solver().initialScale(), start);
        return new Sampled(TensorMath.clamp(sampler(run, generator).run(scaled), -1, 1), List.copyOf(notices));
    }

    private Denoiser network(@Nullable Integer label) {
        Denoiser network = model.denoiser(label);
        return pictureGradient == null ? network : model.process().guided(network, pictureGradient);
    }

    private Sampler sampler(PixelProcess.Run run, NoiseGenerator generator) {
        Tensor[] shown = new Tensor[1];
        int count = run.solver().evaluations().size();
        Denoiser seen =
                (x, timestep) -> {
                    shown[0] = x;
                    return run.denoiser().predict(x, timestep);
                };
        return Sampler.of(run.solver(), seen)
                .drawing(generator::normal)
                .watched(model.watcher())
                .after((result, at) -> {
                    onlooker.see(at, count, Objects.requireNonNull(shown[0]), result.denoised());
                    return result.sample();
                });
    }

    private static int orUsual(@Nullable Integer steps) {
        return steps == null ? USUAL_STEPS : steps;
    }

    private PixelProcess.Run usual(Wishes wishes, int steps, Denoiser network) {
        return model.process()
                .run(new PixelProcess.Wishes(wishes.method(), steps, wishes.eta(), wishes.clips(), gradient), network);
    }

    /// The deterministic sampler along the path of the inversion, unless something else is wished.
    private PixelProcess.Run along(PixelProvenance found, Wishes wishes, Denoiser network) {
        Integer steps = wishes.steps();
        int own = found.path().timesteps().size();
        boolean isOther = wishes.method() != SamplingMethod.DDIM;
        boolean isDrawn = wishes.eta() != null && wishes.eta() != 0;
        boolean clips = Boolean.TRUE.equals(wishes.clips());
        noticeIf(steps != null && steps != own, "steps", own, steps);
        noticeIf(isOther, "method", "ddim", wishes.method().word());
        noticeIf(isDrawn, "eta", 0, wishes.eta());
        noticeIf(clips, "clipping", "off", "on");
        if (isOther || isDrawn) {
            return usual(wishes, steps == null ? own : steps, network);
        }
        PixelProcess process = model.process();
        FoundPath path = steps == null || steps == own ? found.path() : spread(steps, found.path().ending());
        Gradient guide = gradient;
        Denoiser plain = process.byTimesteps(network);
        Denoiser guided =
                guide == null
                        ? plain
                        : new GradientGuidance(
                                plain, process.byTimesteps(guide), process.schedule(), process.prediction());
        return new PixelProcess.Run(
                path.on(process.schedule(), process.prediction()).sampler(),
                clips ? new ClippedPrediction(guided, process.schedule(), process.prediction(), 1) : guided);
    }

    private FoundPath spread(int steps, double ending) {
        int[] timesteps = PixelPaths.timesteps(model.process().schedule().length(), steps);
        return new FoundPath(Arrays.stream(timesteps).boxed().toList(), ending);
    }

    private @Nullable Integer label(Wishes wishes, Optional<PixelProvenance> found) {
        Integer remembered = found.map(PixelProvenance::label).orElse(null);
        Integer wished = wishes.label();
        noticeIf(wished != null && remembered != null && !wished.equals(remembered), "label", remembered, wished);
        return wished != null ? wished : remembered;
    }

    private void requireOwnModel(PixelProvenance found) {
        if (!found.model().equals(model.name())) {
            throw NodeException.user(
                            "diffusion/other-model",
                            "The noise was found with %s, and is given to %s, which makes something else of it.",
                            found.model(),
                            model.name())
                    .next("Sample with " + found.model() + ", or invert the picture anew.");
        }
    }

    private Tensor requireNoise(Latent noise, int... shape) {
        if (!Arrays.equals(noise.tensor().shape(), shape)) {
            throw NodeException.user(
                            "diffusion/noise-shape",
                            "The noise has the shape %s; %s takes %s.",
                            Arrays.toString(noise.tensor().shape()),
                            model.name(),
                            Arrays.toString(shape))
                    .next("Draw it with diffusion/noise for this model.");
        }
        return noise.tensor();
    }

    private void noticeIf(boolean differs, String what, @Nullable Object remembered, @Nullable Object used) {
        if (differs) {
            notices.add("The noise was found with %s %s; it is sampled with %s.".formatted(what, remembered, used));
        }
    }
}
