// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

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
record GuidedSettings(NoiseSchedule schedule, PredictionType prediction, VarianceType variance, boolean isRescaled) {

    /// Whether a configuration is that of such a network.
    static boolean isGuided(Config config) {
        return "UNetModel".equals(config.text("_class_name", ""));
    }

    static GuidedSettings of(Config config) {
        config.only("noise_schedule", "linear", "cosine");
        int timesteps = config.integer("diffusion_steps", 1000);
        if (timesteps < 2 || timesteps > 100_000) {
            throw config.unsupported("diffusion_steps", timesteps + " is outside 2 … 100000");
        }
        double[] betas =
                config.text("noise_schedule", "linear").equals("cosine")
                        ? Betas.cosine(timesteps)
                        : Betas.linear(timesteps);
        boolean isLearned = config.integer("out_channels") == 2 * config.integer("in_channels");
        return new GuidedSettings(
                NoiseSchedule.ofBetas(betas),
                config.flag("predict_xstart", false) ? PredictionType.SAMPLE : PredictionType.EPSILON,
                isLearned ? VarianceType.LEARNED_RANGE : VarianceType.FIXED_LARGE,
                config.flag("rescale_timesteps", false));
    }
}
