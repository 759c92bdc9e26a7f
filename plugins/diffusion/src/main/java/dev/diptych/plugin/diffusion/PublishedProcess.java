// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.guidance.ClippedPrediction;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.GradientGuidance;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// A process as a diffusers folder publishes it, in `scheduler_config.json`.
final class PublishedProcess implements PixelProcess {
    private static final String CLASS = "_class_name";
    private static final String DDIM = "DDIMScheduler";
    private static final String CLIPS = "clip_sample";

    /// Those that clip by themselves; what others predict is clipped before they see it.
    private static final Set<String> CLIPPING =
            Set.of("DDPMScheduler", DDIM, "UnCLIPScheduler", "HeunDiscreteScheduler", "LCMScheduler");

    private final Map<String, Object> settings;

    /// @throws NodeException `diffusion/unknown-solver`
    PublishedProcess(Map<String, Object> settings) {
        this.settings = Map.copyOf(settings);
        if (!Solvers.classNames().contains(String.valueOf(settings.get(CLASS)))) {
            Solvers.of(settings, 1);
        }
    }

    @Override
    public NoiseSchedule schedule() {
        return TrainedSchedule.of(settings);
    }

    @Override
    public PredictionType prediction() {
        return switch (String.valueOf(settings.getOrDefault("prediction_type", "epsilon"))) {
            case "sample" -> PredictionType.SAMPLE;
            case "v_prediction" -> PredictionType.VELOCITY;
            default -> PredictionType.EPSILON;
        };
    }

    @Override
    public Run run(Wishes wishes, Denoiser network) {
        Map<String, Object> own = settings(wishes.method());
        String name = String.valueOf(own.get(CLASS));
        Boolean clips = wishes.clips();
        if (clips != null) {
            own.put(CLIPS, clips);
        }
        Denoiser guided =
                wishes.gradient() == null
                        ? network
                        : new GradientGuidance(network, wishes.gradient(), schedule(), prediction());
        Denoiser clipped =
                Boolean.TRUE.equals(clips) && !CLIPPING.contains(name)
                        ? new ClippedPrediction(guided, schedule(), prediction(), 1)
                        : guided;
        return new Run(solver(own, name, wishes), clipped);
    }

    private static Solver solver(Map<String, Object> own, String name, Wishes wishes) {
        Double eta = wishes.eta();
        if (eta == null || eta == 0 && !name.equals(DDIM)) {
            return Solvers.of(own, wishes.steps());
        }
        if (!name.equals(DDIM)) {
            throw NodeException.user(
                            "diffusion/eta",
                            "eta is %s, and the method %s (%s) has none.",
                            eta,
                            wishes.method().word(),
                            name)
                    .next("Leave eta open, or set the method to ddim.");
        }
        return Solvers.of(own, wishes.steps(), Map.of("eta", eta));
    }

    /// The published settings, or those of another method on the same levels of noise.
    private Map<String, Object> settings(SamplingMethod method) {
        Map<String, Object> own = new HashMap<>(settings);
        if (method != SamplingMethod.OWN && !method.className().equals(settings.get(CLASS))) {
            own.put(CLASS, method.className());
            own.put("trained_betas", Arrays.stream(schedule().betas()).boxed().toList());
            own.put("num_train_timesteps", schedule().length());
            own.remove("rescale_betas_zero_snr"); // the betas are rescaled already
        }
        own.putAll(method.settings());
        return own;
    }
}
