// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A small, bad picture of a good one: blur, shrinking, noise and JPEG in random order and strength. What unCLIP's last upsampler was trained
/// to undo. Zhang et al., arXiv:2103.14006; `degradation_bsrgan` of cszn/BSRGAN, without its camera model.
///
/// The same seed gives the same picture.
public final class BsrganDegradation {
    private static final double HALF_FIRST = 0.25;
    private static final double DECIMATION = 0.25;
    private static final double JPEG = 0.9;

    /// Of a blur along one axis; with less, one pixel is all there is, as with this.
    private static final double LEAST_VARIANCE = 1e-4;

    private final int factor;
    private final NoiseGenerator random;

    private BsrganDegradation(int factor, Seed seed) {
        this.factor = factor;
        random = seed.generator();
    }

    /// @param picture (batch, 3, height, width), -1 … 1; sides are divisible by the factor
    /// @param factor  2 or 4: how many times smaller the result is
    /// @throws NodeException `diffusion/degradation` if the factor or the sides are others
    public static Tensor of(Tensor picture, int factor, Seed seed) {
        if (factor != 2 && factor != 4) {
            throw NodeException.user("diffusion/degradation", "A factor of %d is not among 2, 4.", factor);
        }
        if (picture.rank() != 4
                || picture.size(1) != 3
                || picture.size(2) % factor != 0
                || picture.size(3) % factor != 0
                || picture.length() == 0) {
            throw NodeException.user(
                            "diffusion/degradation",
                            "%s is no batch of coloured pictures whose sides are divisible by %d.",
                            picture,
                            factor)
                    .next("Crop or resize it first.");
        }
        return new BsrganDegradation(factor, seed).degraded(picture);
    }

    private Tensor degraded(Tensor picture) {
        int height = picture.size(2) / factor;
        int width = picture.size(3) / factor;
        Tensor start = picture;
        int remaining = factor;
        if (factor == 4 && chance(HALF_FIRST)) {
            start = anyInterpolation().resize(picture, picture.size(2) / 2, picture.size(3) / 2);
            remaining = 2;
        }
        Tensor bad = start;
        for (UnaryOperator<Tensor> step : shuffled(remaining, height, width)) {
            bad = TensorMath.clamp(step.apply(bad), -1, 1);
        }
        return JpegArtefacts.of(bad, quality());
    }

    /* Shrinking to the final size comes after shrinking to any size; all else in any order. */
    private List<UnaryOperator<Tensor>> shuffled(int remaining, int height, int width) {
        UnaryOperator<Tensor> shrink = x -> shrunk(x, remaining);
        UnaryOperator<Tensor> finish = x -> anyInterpolation().resize(x, height, width);
        List<UnaryOperator<Tensor>> steps =
                new ArrayList<>(
                        List.of(
                                x -> blurred(x, remaining),
                                x -> blurred(x, remaining),
                                shrink,
                                finish,
                                this::noisy,
                                x -> chance(JPEG) ? JpegArtefacts.of(x, quality()) : x));
        for (int i = steps.size() - 1; i > 0; i--) {
            int other = integer(0, i);
            UnaryOperator<Tensor> swapped = steps.get(i);
            steps.set(i, steps.get(other));
            steps.set(other, swapped);
        }
        int early = steps.indexOf(finish);
        int late = steps.indexOf(shrink);
        if (early < late) {
            steps.set(early, shrink);
            steps.set(late, finish);
        }
        return steps;
    }

    /* add_blur */
    private Tensor blurred(Tensor x, int remaining) {
        double widestVariance = 4 + remaining;
        double widest = 2 + 0.2 * remaining;
        int size = 7 + 2 * integer(0, 9);
        Blur blur =
                chance(0.5)
                        ? Blur.gaussian(
                                Math.sqrt(between(LEAST_VARIANCE, widestVariance)),
                                Math.sqrt(between(LEAST_VARIANCE, widestVariance)),
                                between(0, Math.PI),
                                size)
                        : Blur.gaussian(between(Math.sqrt(LEAST_VARIANCE), widest), size);
        return blur.of(x);
    }

    /* "downsample2" */
    private Tensor shrunk(Tensor x, int remaining) {
        if (chance(DECIMATION)) {
            Tensor soft = Blur.gaussian(between(0.1, 0.6 * remaining), 25).of(x);
            return decimated(soft, remaining);
        }
        double scale = between(1, 2 * remaining);
        int height = Math.max(1, (int) (x.size(2) / scale));
        int width = Math.max(1, (int) (x.size(3) / scale));
        return anyInterpolation().resize(x, height, width);
    }

    private static Tensor decimated(Tensor x, int stride) {
        int height = (x.size(2) + stride - 1) / stride;
        int width = (x.size(3) + stride - 1) / stride;
        int planes = x.size(0) * x.size(1);
        float[] out = new float[planes * height * width];
        for (int i = 0; i < out.length; i++) {
            int plane = i / (height * width);
            int row = i / width % height * stride;
            int column = i % width * stride;
            out[i] = x.floats()[(plane * x.size(2) + row) * x.size(3) + column];
        }
        return Tensor.ofFloats(out, x.size(0), x.size(1), height, width);
    }

    /* add_Gaussian_noise, of 2 to 25 of 255 grey levels: on each colour, or the same on all, or mixed between them. */
    private Tensor noisy(Tensor x) {
        double level = integer(2, 25) / 127.5;
        double kind = between(0, 1);
        Tensor noise = random.normal(x.shape());
        if (kind > 0.6) {
            return TensorMath.linear(1, x, level, noise);
        }
        int plane = x.size(2) * x.size(3);
        double[][] mixing = kind < 0.4 ? new double[][] {{1, 0, 0}, {1, 0, 0}, {1, 0, 0}} : anyMixing();
        float[] out = x.floats().clone();
        float[] draws = noise.floats();
        for (int start = 0; start < out.length; start += 3 * plane) {
            for (int i = 0; i < plane; i++) {
                for (int channel = 0; channel < 3; channel++) {
                    double mixed = 0;
                    for (int k = 0; k < 3; k++) {
                        mixed += mixing[channel][k] * draws[start + k * plane + i];
                    }
                    out[start + channel * plane + i] += (float) (level * mixed);
                }
            }
        }
        return Tensor.ofFloats(out, x.shape());
    }

    /* Rows of length at most 1: the covariance of the colours is the matrix by its transpose. */
    private double[][] anyMixing() {
        double[][] mixing = new double[3][3];
        for (double[] row : mixing) {
            double length = 0;
            for (int k = 0; k < 3; k++) {
                row[k] = between(-1, 1);
                length += row[k] * row[k];
            }
            double strength = between(0, 1) / Math.sqrt(Math.max(length, 1e-12));
            for (int k = 0; k < 3; k++) {
                row[k] *= strength;
            }
        }
        return mixing;
    }

    private Interpolation anyInterpolation() {
        return Interpolation.values()[integer(0, Interpolation.values().length - 1)];
    }

    private int quality() {
        return integer(30, 95);
    }

    private boolean chance(double probability) {
        return between(0, 1) < probability;
    }

    private double between(double low, double high) {
        return low + (high - low) * random.uniform(1).floats()[0];
    }

    /* Both ends included. */
    private int integer(int low, int high) {
        return (int) random.integers(low, high + 1L, 1).longs()[0];
    }
}
