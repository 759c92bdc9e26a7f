// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.solver.NoiseSource;

import org.jspecify.annotations.Nullable;

/// Noise on a condition, of a level that the network is told: what makes cascades and unCLIP robust against their own earlier stages.
/// Ho et al., arXiv:2106.15282, section 4.2. For embeddings: Stable unCLIP's `noise_image_embeddings`, which adds it in normalised space.
///
/// Immutable.
public final class NoiseAugmentation {
    private final NoiseSchedule schedule;
    private final @Nullable Tensor mean;
    private final @Nullable Tensor deviation;

    private NoiseAugmentation(NoiseSchedule schedule, @Nullable Tensor mean, @Nullable Tensor deviation) {
        this.schedule = schedule;
        this.mean = mean;
        this.deviation = deviation;
    }

    /// For pictures.
    public static NoiseAugmentation of(NoiseSchedule schedule) {
        return new NoiseAugmentation(schedule, null, null);
    }

    /// For embeddings.
    ///
    /// @param mean, deviation of each element of an embedding, (width) or (1, width): `StableUnCLIPImageNormalizer`
    public static NoiseAugmentation of(NoiseSchedule schedule, Tensor mean, Tensor deviation) {
        return new NoiseAugmentation(schedule, mean, deviation);
    }

    /// @param clean (batch, …)
    /// @param level a timestep of the schedule; 0 is nearly none
    /// @param noise drawn from once, in the shape of `clean`
    /// @throws NodeException `diffusion/noise-level` if there is no such timestep
    public Tensor at(Tensor clean, int level, NoiseSource noise) {
        if (level < 0 || level >= schedule.length()) {
            throw NodeException.user(
                    "diffusion/noise-level", "The noise level %d is outside 0 … %d.", level, schedule.length() - 1);
        }
        Tensor draw = noise.normal(clean.shape());
        if (mean == null || deviation == null) {
            return schedule.noised(clean, draw, level);
        }
        Tensor centre = repeated(mean, clean);
        Tensor scale = repeated(deviation, clean);
        Tensor normal = quotient(TensorMath.linear(1, clean, -1, centre), scale);
        return TensorMath.plusProduct(centre, scale, schedule.noised(normal, draw, level));
    }

    private static Tensor repeated(Tensor row, Tensor like) {
        float[] values = row.floats();
        float[] out = new float[like.length()];
        if (values.length == 0 || out.length % values.length != 0) {
            throw new IllegalArgumentException(row + " does not fit " + like);
        }
        for (int i = 0; i < out.length; i++) {
            out[i] = values[i % values.length];
        }
        return Tensor.ofFloats(out, like.shape());
    }

    private static Tensor quotient(Tensor x, Tensor y) {
        float[] out = new float[x.length()];
        for (int i = 0; i < out.length; i++) {
            out[i] = x.floats()[i] / y.floats()[i];
        }
        return Tensor.ofFloats(out, x.shape());
    }
}
