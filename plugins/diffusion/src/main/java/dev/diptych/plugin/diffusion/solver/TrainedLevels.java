// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import java.util.List;
import java.util.Locale;

/// What the schedulers of diffusers have in common, read from a configuration: the levels a network was trained on, and how it is to be read.
final class TrainedLevels {
    private TrainedLevels() {}

    /// As [#schedule], and `rescale_betas_zero_snr`.
    static NoiseSchedule rescalable(SchedulerConfig config, double start, double end, String family) {
        NoiseSchedule schedule = schedule(config, start, end, family);
        return config.flag("rescale_betas_zero_snr", false) ? schedule.withZeroTerminalSnr() : schedule;
    }

    /// `num_train_timesteps`, where `beta_schedule` can only be `squaredcos_cap_v2`.
    static NoiseSchedule cosine(SchedulerConfig config) {
        config.only("beta_schedule", "squaredcos_cap_v2");
        return NoiseSchedule.single(Betas.cosine(count(config)));
    }

    private static int count(SchedulerConfig config) {
        return config.integer("num_train_timesteps", 1000, n -> n >= 1 && n <= 1_000_000, "1 … 1000000");
    }

    /// `num_train_timesteps`, `beta_start`, `beta_end`, `beta_schedule` and `trained_betas`.
    ///
    /// @param start, end, family the scheduler's defaults
    static NoiseSchedule schedule(SchedulerConfig config, double start, double end, String family) {
        int count = count(config);
        double first = config.number("beta_start", start);
        double last = config.number("beta_end", end);
        String name =
                config.choice(
                        "beta_schedule",
                        family,
                        "linear",
                        "scaled_linear",
                        "squaredcos_cap_v2",
                        "sigmoid",
                        "laplace",
                        "exp");
        double[] given = config.numbers("trained_betas");
        if (given != null && given.length != count) {
            throw config.wrong(
                    "trained_betas", given.length + " values", count + " values, as num_train_timesteps says");
        }
        double[] betas = given != null ? given : betas(name, first, last, count);
        try {
            return NoiseSchedule.single(betas);
        } catch (IllegalArgumentException e) {
            throw NodeException.user(
                            "diffusion/scheduler-option", "%s: %s.", config.owner(), String.valueOf(e.getMessage()))
                    .causedBy(e);
        }
    }

    private static double[] betas(String name, double first, double last, int count) {
        return switch (name) {
            case "linear" -> linearSingle(first, last, count);
            case "scaled_linear" -> {
                double[] roots = linearSingle(Math.sqrt(first), Math.sqrt(last), count);
                for (int t = 0; t < count; t++) {
                    roots[t] = (float) roots[t] * (float) roots[t];
                }
                yield roots;
            }
            case "sigmoid" -> Betas.sigmoid(first, last, count);
            case "laplace" -> Betas.laplace(count);
            case "exp" -> Betas.exponential(count);
            default -> Betas.cosine(count);
        };
    }

    /* torch.linspace in float32 goes from both ends towards the middle, with fused multiplication. */
    private static double[] linearSingle(double start, double end, int count) {
        float first = (float) start;
        float last = (float) end;
        float stride = count == 1 ? 0 : (last - first) / (count - 1);
        double[] values = new double[count];
        for (int t = 0; t < count; t++) {
            values[t] =
                    t < count / 2 || count == 1 ? Math.fma(stride, t, first) : Math.fma(-stride, count - 1 - t, last);
        }
        return values;
    }

    /// `prediction_type`.
    ///
    /// @param allowed of `epsilon`, `sample`, `v_prediction`
    static PredictionType prediction(SchedulerConfig config, String... allowed) {
        return switch (config.choice("prediction_type", "epsilon", allowed)) {
            case "sample", "original_sample" -> PredictionType.SAMPLE;
            case "v_prediction" -> PredictionType.VELOCITY;
            default -> PredictionType.EPSILON;
        };
    }

    /// `thresholding` with its two options.
    static Thresholding dynamicThresholding(SchedulerConfig config) {
        boolean dynamic = config.flag("thresholding", false);
        double ratio = config.number("dynamic_thresholding_ratio", 0.995);
        double largest = config.number("sample_max_value", 1);
        if (!(ratio >= 0 && ratio <= 1)) {
            throw config.wrong("dynamic_thresholding_ratio", ratio, "0 … 1");
        }
        return dynamic ? Thresholding.dynamic(ratio, largest) : Thresholding.none();
    }

    /// `thresholding`, else `clip_sample` with its range.
    static Thresholding thresholding(SchedulerConfig config, boolean clips) {
        Thresholding dynamic = dynamicThresholding(config);
        Thresholding clip = clipping(config, clips);
        return config.flag("thresholding", false) ? dynamic : clip;
    }

    /// `clip_sample` with its range.
    static Thresholding clipping(SchedulerConfig config, boolean standard) {
        boolean clips = config.flag("clip_sample", standard);
        double range = config.number("clip_sample_range", 1);
        return clips ? Thresholding.clip(range) : Thresholding.none();
    }

    /// `timestep_spacing`.
    static TimestepSpacing spacing(SchedulerConfig config, String standard, String... allowed) {
        return TimestepSpacing.valueOf(config.choice("timestep_spacing", standard, allowed).toUpperCase(Locale.ROOT));
    }

    /// `steps_offset`.
    static int offset(SchedulerConfig config) {
        return config.integer("steps_offset", 0, n -> n >= 0, "0 or more");
    }

    /// The number of steps, checked against the trained ones.
    static int steps(SchedulerConfig config, int steps, int least, int most) {
        if (steps < least || steps > most) {
            throw NodeException.user(
                    "diffusion/steps", "%s: %d steps are outside %d … %d.", config.owner(), steps, least, most);
        }
        return steps;
    }

    /// The evaluations at these timesteps.
    ///
    /// @throws NodeException `diffusion/steps` if one is not among the trained
    static List<Evaluation> evaluations(SchedulerConfig config, double[] timesteps, int trained) {
        Evaluation[] evaluations = new Evaluation[timesteps.length];
        for (int i = 0; i < timesteps.length; i++) {
            if (!(timesteps[i] >= 0 && timesteps[i] <= trained - 1)) {
                throw NodeException.user(
                                "diffusion/steps",
                                "%s: timestep %s is outside 0 … %d.",
                                config.owner(),
                                timesteps[i],
                                trained - 1)
                        .next("Use fewer steps, or a smaller steps_offset.");
            }
            evaluations[i] = new Evaluation(i, timesteps[i]);
        }
        return List.of(evaluations);
    }
}
