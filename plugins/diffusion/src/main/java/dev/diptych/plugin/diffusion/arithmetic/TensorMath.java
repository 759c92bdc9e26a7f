// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.arithmetic;

import dev.diptych.api.value.Tensor;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// Arithmetic over float32 tensors. Each call makes one tensor; sums are taken in double and rounded once.
/// Tensors of one call have the same shape, or `IllegalArgumentException` names both. A *sample* is one index of the first dimension.
public final class TensorMath {
    private TensorMath() {}

    /// `a x`
    public static Tensor linear(double a, Tensor x) {
        float[] xs = x.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (a * xs[i]);
        }
        return like(x, out);
    }

    /// `a x + b y`
    public static Tensor linear(double a, Tensor x, double b, Tensor y) {
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] ys = y.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (a * xs[i] + b * ys[i]);
        }
        return like(x, out);
    }

    /// `a x + b y + c z`
    public static Tensor linear(double a, Tensor x, double b, Tensor y, double c, Tensor z) {
        requireSameShape(x, y);
        requireSameShape(x, z);
        float[] xs = x.floats();
        float[] ys = y.floats();
        float[] zs = z.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (a * xs[i] + b * ys[i] + c * zs[i]);
        }
        return like(x, out);
    }

    /// `(x + b y) / divisor`; by zero, it is infinite with the sign of the dividend.
    public static Tensor quotient(Tensor x, double b, Tensor y, double divisor) {
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] ys = y.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) ((xs[i] + b * ys[i]) / divisor);
        }
        return like(x, out);
    }

    /// `Σ weights[k] terms[k]`, at least one term.
    public static Tensor linear(double[] weights, Tensor... terms) {
        if (weights.length != terms.length || terms.length == 0) {
            throw new IllegalArgumentException(weights.length + " weights for " + terms.length + " tensors");
        }
        double[] sum = new double[terms[0].length()];
        for (int k = 0; k < terms.length; k++) {
            requireSameShape(terms[0], terms[k]);
            float[] term = terms[k].floats();
            double weight = weights[k];
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weight * term[i];
            }
        }
        float[] out = new float[sum.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) sum[i];
        }
        return like(terms[0], out);
    }

    /// `mean + exp(logVariance / 2) noise`: a mean plus noise whose logarithmic variance is an element each.
    ///
    /// @param logVariance natural logarithm
    public static Tensor plusNoise(Tensor mean, Tensor logVariance, Tensor noise) {
        requireSameShape(mean, logVariance);
        requireSameShape(mean, noise);
        float[] means = mean.floats();
        float[] logs = logVariance.floats();
        float[] zs = noise.floats();
        float[] out = new float[means.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (means[i] + Math.exp(0.5 * logs[i]) * zs[i]);
        }
        return like(mean, out);
    }

    /// `x + variance y`, elementwise.
    public static Tensor plusProduct(Tensor x, Tensor variance, Tensor y) {
        requireSameShape(x, variance);
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] vs = variance.floats();
        float[] ys = y.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (xs[i] + (double) vs[i] * ys[i]);
        }
        return like(x, out);
    }

    /// A function of two numbers, rounded to float32 after each operation as a reference may do it.
    @FunctionalInterface
    public interface SingleOperator {
        float apply(float a, float b);
    }

    /// A function of the elements of two tensors.
    public static Tensor combine(Tensor x, Tensor y, SingleOperator function) {
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] ys = y.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = function.apply(xs[i], ys[i]);
        }
        return like(x, out);
    }

    /// A function of each element.
    public static Tensor map(Tensor x, DoubleUnaryOperator function) {
        float[] xs = x.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) function.applyAsDouble(xs[i]);
        }
        return like(x, out);
    }

    /// Each element moved into `low … high`; if `low > high` all become `high`, as in PyTorch.
    public static Tensor clamp(Tensor x, double low, double high) {
        float min = (float) low;
        float max = (float) high;
        float[] xs = x.floats();
        float[] out = new float[xs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.min(Math.max(xs[i], min), max);
        }
        return like(x, out);
    }

    /// The quantile of the absolute values of each sample, interpolated linearly. `torch.quantile(x.abs(), ratio, dim=1)`.
    ///
    /// @param ratio 0 to 1
    public static double[] absoluteQuantiles(Tensor x, double ratio) {
        double[] quantiles = new double[samples(x)];
        int size = x.length() / Math.max(1, quantiles.length);
        if (size == 0) {
            throw new IllegalArgumentException("An empty sample has no quantile: shape " + Arrays.toString(x.shape()));
        }
        float[] sorted = new float[size];
        for (int sample = 0; sample < quantiles.length; sample++) {
            System.arraycopy(x.floats(), sample * size, sorted, 0, size);
            for (int i = 0; i < size; i++) {
                sorted[i] = Math.abs(sorted[i]);
            }
            Arrays.sort(sorted);
            float rank = (float) ratio * (size - 1);
            int below = (int) Math.floor(rank);
            int above = (int) Math.ceil(rank);
            quantiles[sample] = sorted[below] + (double) (rank - below) * (sorted[above] - sorted[below]);
        }
        return quantiles;
    }

    /// The standard deviation of each sample, with the divisor n - 1. `torch.std`.
    public static double[] standardDeviations(Tensor x) {
        double[] deviations = new double[samples(x)];
        int size = x.length() / Math.max(1, deviations.length);
        float[] xs = x.floats();
        for (int sample = 0; sample < deviations.length; sample++) {
            double mean = 0;
            for (int i = sample * size; i < (sample + 1) * size; i++) {
                mean += xs[i];
            }
            mean /= size;
            double squares = 0;
            for (int i = sample * size; i < (sample + 1) * size; i++) {
                squares += (xs[i] - mean) * (xs[i] - mean);
            }
            deviations[sample] = Math.sqrt(squares / (size - 1));
        }
        return deviations;
    }

    /// Each sample times its own factor.
    public static Tensor scaleSamples(Tensor x, double[] factors) {
        int size = x.length() / Math.max(1, factors.length);
        float[] xs = x.floats();
        float[] out = new float[xs.length];
        for (int sample = 0; sample < factors.length; sample++) {
            for (int i = sample * size; i < (sample + 1) * size; i++) {
                out[i] = (float) (factors[sample] * xs[i]);
            }
        }
        return like(x, out);
    }

    /// The square root of the sum of squares.
    public static double norm(Tensor x) {
        return Math.sqrt(dot(x, x));
    }

    /// The sum of products.
    public static double dot(Tensor x, Tensor y) {
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] ys = y.floats();
        double sum = 0;
        for (int i = 0; i < xs.length; i++) {
            sum += (double) xs[i] * ys[i];
        }
        return sum;
    }

    /// The largest absolute value; 0 for an empty tensor, NaN if one element is NaN.
    public static double largest(Tensor x) {
        float largest = 0;
        for (float value : x.floats()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /// The largest absolute difference.
    public static double distance(Tensor x, Tensor y) {
        requireSameShape(x, y);
        float[] xs = x.floats();
        float[] ys = y.floats();
        float largest = 0;
        for (int i = 0; i < xs.length; i++) {
            largest = Math.max(largest, Math.abs(xs[i] - ys[i]));
        }
        return largest;
    }

    /// Whether no element is infinite or NaN.
    public static boolean isFinite(Tensor x) {
        float sum = 0;
        for (float value : x.floats()) {
            sum += value * 0f;
        }
        return sum == 0;
    }

    /// A tensor of one value.
    public static Tensor filled(double value, int... shape) {
        int count = 1;
        for (int size : shape) {
            count = Math.multiplyExact(count, size);
        }
        float[] out = new float[count];
        Arrays.fill(out, (float) value);
        return Tensor.ofFloats(out, shape);
    }

    static void requireSameShape(Tensor x, Tensor y) {
        if (x != y && !Arrays.equals(x.shape(), y.shape())) {
            throw new IllegalArgumentException(
                    "Shapes differ: %s and %s".formatted(Arrays.toString(x.shape()), Arrays.toString(y.shape())));
        }
    }

    private static int samples(Tensor x) {
        return x.rank() == 0 ? 1 : x.size(0);
    }

    private static Tensor like(Tensor x, float[] values) {
        return Tensor.ofFloats(values, x.shape());
    }
}
