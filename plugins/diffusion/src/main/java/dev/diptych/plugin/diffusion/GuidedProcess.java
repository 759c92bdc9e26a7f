// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.GuidedSettings;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/// The process of guided-diffusion: DDPM and DDIM as there, any other method on the same levels of noise.
final class GuidedProcess implements PixelProcess {
    private final GuidedSettings settings;

    GuidedProcess(GuidedSettings settings) {
        this.settings = settings;
    }

    @Override
    public NoiseSchedule schedule() {
        return settings.schedule();
    }

    @Override
    public PredictionType prediction() {
        return settings.prediction();
    }

    @Override
    public Run run(Wishes wishes, Denoiser network) {
        return switch (wishes.method()) {
            case OWN, DDPM -> new Run(process(wishes).ancestral(hooks(refusingEta(wishes))), network);
            case DDIM -> {
                Double eta = wishes.eta();
                yield new Run(process(wishes).ddim(eta == null ? 0 : eta, hooks(wishes)), network);
            }
            case EULER, EULER_ANCESTRAL, HEUN, DPM_SOLVER, DPM_SOLVER_SDE, UNIPC, PNDM ->
                    published().run(byTimesteps(wishes), byTimesteps(network));
        };
    }

    /// Whole strides where there are such for DDIM, as "ddim25"; else both ends of the time, as "25".
    private GaussianDiffusion process(Wishes wishes) {
        int[] timesteps =
                wishes.method() == SamplingMethod.DDIM
                        ? PixelPaths.timesteps(schedule().length(), wishes.steps())
                        : TimestepRespacing.sections(schedule().length(), requireSteps(wishes.steps()));
        return settings.process(timesteps);
    }

    private int requireSteps(int steps) {
        PixelPaths.requireSteps(steps, 1, schedule().length());
        return steps;
    }

    private static SamplingHooks hooks(Wishes wishes) {
        SamplingHooks hooks = Boolean.FALSE.equals(wishes.clips()) ? SamplingHooks.none() : SamplingHooks.clipping();
        return wishes.gradient() == null ? hooks : hooks.withGradient(wishes.gradient());
    }

    private static Wishes refusingEta(Wishes wishes) {
        Double eta = wishes.eta();
        if (eta != null && eta != 0) {
            throw NodeException.user(
                            "diffusion/eta", "eta is %s, and the method %s has none.", eta, wishes.method().word())
                    .next("Leave eta open, or set the method to ddim.");
        }
        return wishes;
    }

    private PublishedProcess published() {
        return new PublishedProcess(
                Map.of(
                        "_class_name",
                        "DDPMScheduler",
                        "trained_betas",
                        Arrays.stream(schedule().betas()).boxed().toList(),
                        "num_train_timesteps",
                        schedule().length(),
                        "prediction_type",
                        prediction() == PredictionType.SAMPLE ? "sample" : "epsilon",
                        "variance_type",
                        settings.variance() == VarianceType.LEARNED_RANGE
                                ? settings.variance().name().toLowerCase(Locale.ROOT)
                                : "fixed_large"));
    }

    @Override
    public Denoiser guided(Denoiser network, Gradient gradient) {
        Denoiser plain = PixelProcess.super.guided(byTimesteps(network), gradient);
        double scale = timestepScale();
        return scale == 1 ? plain : (x, told) -> plain.predict(x, told / scale);
    }

    @Override
    public Denoiser byTimesteps(Denoiser network) {
        double scale = timestepScale();
        return scale == 1 ? network : (x, timestep) -> network.predict(x, timestep * scale);
    }

    @Override
    public Gradient byTimesteps(Gradient gradient) {
        double scale = timestepScale();
        return scale == 1 ? gradient : (x, timestep) -> gradient.at(x, timestep * scale);
    }

    private Wishes byTimesteps(Wishes wishes) {
        Gradient gradient = wishes.gradient();
        return gradient == null
                ? wishes
                : new Wishes(wishes.method(), wishes.steps(), wishes.eta(), wishes.clips(), byTimesteps(gradient));
    }

    private double timestepScale() {
        return settings.isRescaled() ? 1000.0 / schedule().length() : 1;
    }
}
