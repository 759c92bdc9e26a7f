// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.model.Config;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

/// How a network of guided-diffusion was trained: the arguments of its `create_gaussian_diffusion`, by the names of its command line. They stand beside the network's own in
/// `config.json`; left out, they are as the published networks of 128 pixels and more have them.
///
/// | key | meaning | left out |
/// |---|---|---|
/// | `noise_schedule` | `linear` or `cosine` | `linear` |
/// | `diffusion_steps` | how many timesteps there are | 1000 |
/// | `predict_xstart` | the network predicts the picture, not the noise | false |
/// | `rescale_timesteps` | it is told timesteps as if there were 1000 | false |
///
/// Whether it tells the variance, its channels say: `learn_sigma`.
///
/// @param isRescaled whether the network is told timesteps as if there were 1000
public record GuidedSettings(
        NoiseSchedule schedule, PredictionType prediction, VarianceType variance, boolean isRescaled) {

    /// Whether a configuration is that of such a network, which makes pictures from noise alone.
    public static boolean isGuided(Config config) {
        return "UNetModel".equals(config.text("_class_name", ""));
    }

    /// @throws dev.diptych.api.error.NodeException if a setting is none of these
    public static GuidedSettings of(Config config) {
        boolean isLearned = config.integer("out_channels") == 2 * config.integer("in_channels");
        return new GuidedSettings(
                schedule(config, "noise_schedule"),
                config.flag("predict_xstart", false) ? PredictionType.SAMPLE : PredictionType.EPSILON,
                isLearned ? VarianceType.LEARNED_RANGE : VarianceType.FIXED_LARGE,
                config.flag("rescale_timesteps", false));
    }

    /// One of the reference's named schedules over `diffusion_steps` timesteps.
    ///
    /// @param key which names it; `linear` if it is left out
    /// @throws dev.diptych.api.error.NodeException if it is neither `linear` nor `cosine`
    public static NoiseSchedule schedule(Config config, String key) {
        config.only(key, "linear", "cosine");
        int timesteps = config.integer("diffusion_steps", 1000);
        if (timesteps < 2 || timesteps > 100_000) {
            throw config.unsupported("diffusion_steps", timesteps + " is outside 2 … 100000");
        }
        return NoiseSchedule.ofBetas(
                config.text(key, "linear").equals("cosine") ? Betas.cosine(timesteps) : Betas.linear(timesteps));
    }

    /// The process over some of the timesteps.
    ///
    /// @param timesteps which are kept, ascending
    public GaussianDiffusion process(int... timesteps) {
        GaussianDiffusion process =
                GaussianDiffusion.of(
                        schedule,
                        timesteps,
                        prediction == PredictionType.SAMPLE ? MeanType.START_X : MeanType.EPSILON,
                        variance);
        return isRescaled ? process.withRescaledTimesteps(schedule.length()) : process;
    }
}
