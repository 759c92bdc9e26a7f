// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class GuidanceTest {
    private static final NoiseSchedule LINEAR = NoiseSchedule.ofBetas(Betas.linear(1000));

    private final Tensor x = new Seed(1).generator().normal(2, 3, 4, 4);
    private final AtomicInteger calls = new AtomicInteger();

    private Denoiser constant(double value) {
        return (input, _) -> {
            calls.incrementAndGet();
            return TensorMath.filled(value, input.shape());
        };
    }

    @Test
    void exaggerates_the_difference_to_the_unconditional() {
        Tensor guided = ClassifierFreeGuidance.of(constant(5), constant(2), 3).predict(x, 10);

        assertThat(guided).isEqualTo(TensorMath.filled(3 * 5 - 2 * 2, 2, 3, 4, 4));
    }

    @Test
    void one_is_conditional_and_zero_unconditional_at_one_call() {
        assertThat(ClassifierFreeGuidance.of(constant(5), constant(2), 1).predict(x, 10))
                .isEqualTo(TensorMath.filled(5, 2, 3, 4, 4));
        assertThat(ClassifierFreeGuidance.of(constant(5), constant(2), 0).predict(x, 10))
                .isEqualTo(TensorMath.filled(2, 2, 3, 4, 4));
        assertThat(calls).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    void a_doubled_batch_gives_the_same_in_either_order(ClassifierFreeGuidance.Order order) {
        Denoiser both =
                (doubled, _) -> {
                    calls.incrementAndGet();
                    boolean conditionalFirst = order == ClassifierFreeGuidance.Order.CONDITIONAL_FIRST;
                    Tensor first = TensorMath.linear(conditionalFirst ? 2 : 1, Slices.samples(doubled, 0, 2));
                    Tensor second = TensorMath.linear(conditionalFirst ? 1 : 2, Slices.samples(doubled, 2, 4));
                    return Slices.joinSamples(first, second);
                };

        Tensor guided = ClassifierFreeGuidance.ofBatch(both, order, 4).predict(x, 10);

        assertThat(guided).isEqualTo(TensorMath.linear(8, x, -3, x));
        assertThat(calls).hasValue(1);
    }

    @Test
    void variance_channels_are_the_conditional_ones() {
        Denoiser conditional = (input, _) -> Slices.joinChannels(TensorMath.filled(5, 2, 3, 4, 4), input);
        Denoiser unconditional =
                (input, _) ->
                        Slices.joinChannels(TensorMath.filled(2, 2, 3, 4, 4), TensorMath.filled(9, input.shape()));

        Tensor guided = ClassifierFreeGuidance.of(conditional, unconditional, 3).predict(x, 10);

        assertThat(Slices.channels(guided, 0, 3)).isEqualTo(TensorMath.filled(11, 2, 3, 4, 4));
        assertThat(Slices.channels(guided, 3, 6)).isEqualTo(x);
    }

    @Test
    void rescaling_fully_gives_the_deviation_of_the_conditional_prediction() {
        Tensor conditional = new Seed(2).generator().normal(2, 3, 4, 4);
        Tensor unconditional = new Seed(3).generator().normal(2, 3, 4, 4);
        Denoiser guidance = ClassifierFreeGuidance.of((_, _) -> conditional, (_, _) -> unconditional, 7.5).rescaled(1);

        double[] found = TensorMath.standardDeviations(guidance.predict(x, 10));
        double[] wanted = TensorMath.standardDeviations(conditional);

        assertThat(found[0]).isCloseTo(wanted[0], within(1e-6));
        assertThat(found[1]).isCloseTo(wanted[1], within(1e-6));
    }

    @Test
    void outside_its_interval_only_the_conditional_branch_is_asked() {
        Denoiser guidance =
                ClassifierFreeGuidance.of(constant(5), constant(2), 3).during(new TimestepInterval(100, 600));

        assertThat(guidance.predict(x, 700).floats()[0]).isEqualTo(5);
        assertThat(calls).hasValue(1);
        assertThat(guidance.predict(x, 600).floats()[0]).isEqualTo(11);
        assertThat(calls).hasValue(3);
        assertThatThrownBy(() -> new TimestepInterval(2, 1)).hasMessageContaining("empty");
    }

    @ParameterizedTest
    @EnumSource
    void a_gradient_moves_the_noise_and_so_the_picture(PredictionType prediction) {
        int timestep = 300;
        double alpha = LINEAR.alphaCumulative(timestep);
        double signal = Math.sqrt(alpha);
        double sigma = Math.sqrt(1 - alpha);
        Tensor output = new Seed(4).generator().normal(2, 3, 4, 4);
        Tensor slope = new Seed(5).generator().normal(2, 3, 4, 4);
        Denoiser guided =
                new GradientGuidance((_, _) -> output, ((Gradient) (_, _) -> slope).scaled(2), LINEAR, prediction);

        Tensor moved = guided.predict(x, timestep);

        Tensor expected =
                TensorMath.linear(1, prediction.denoised(x, output, signal, sigma), 2 * (1 - alpha) / signal, slope);
        assertThat(TensorMath.distance(prediction.denoised(x, moved, signal, sigma), expected)).isLessThan(2e-5);
    }

    @Test
    void a_gradient_of_strength_zero_changes_nothing_at_all() {
        GaussianDiffusion process = GaussianDiffusion.of(LINEAR, "10", MeanType.EPSILON, VarianceType.FIXED_SMALL);
        Gradient none = ((Gradient) (input, _) -> input).scaled(0);
        Denoiser denoiser = (input, t) -> TensorMath.map(input, value -> 0.5 * Math.sin(value + t / 100));

        Tensor plain =
                Sampler.of(process.ancestral(SamplingHooks.clipping()), denoiser)
                        .drawing(new Seed(6).generator()::normal)
                        .run(x);
        Tensor guided =
                Sampler.of(process.ancestral(SamplingHooks.clipping().withGradient(none)), denoiser)
                        .drawing(new Seed(6).generator()::normal)
                        .run(x);

        assertThat(guided).isEqualTo(plain);
    }

    @Test
    void a_gradient_moves_the_ancestral_mean_by_the_variance() {
        GaussianDiffusion process = GaussianDiffusion.of(LINEAR, "50", MeanType.EPSILON, VarianceType.FIXED_SMALL);
        Gradient one = (input, _) -> TensorMath.filled(1, input.shape());
        Solver plain = process.ancestral(SamplingHooks.none());
        Solver guided = process.ancestral(SamplingHooks.none().withGradient(one));
        Evaluation at = plain.evaluations().get(20);
        Tensor nothing = TensorMath.filled(0, x.shape());

        Tensor difference =
                TensorMath.linear(
                        1,
                        guided.step(x, x, at, _ -> nothing).sample(),
                        -1,
                        plain.step(x, x, at, _ -> nothing).sample());

        assertThat((double) difference.floats()[0]).isCloseTo(process.posteriorVariance(29), within(1e-6));
    }

    @Test
    void gradients_add_up_and_rest_outside_their_interval() {
        Gradient one =
                (input, _) -> {
                    calls.incrementAndGet();
                    return TensorMath.filled(1, input.shape());
                };
        Gradient both = one.scaled(2).and(one.during(new TimestepInterval(0, 10)));

        assertThat(both.at(x, 5).floats()[0]).isEqualTo(3);
        assertThat(both.at(x, 50).floats()[0]).isEqualTo(2);
        assertThat(calls).hasValue(3);
    }

    @ParameterizedTest
    @EnumSource
    void a_clipped_prediction_means_the_clipped_picture_and_keeps_the_variance(PredictionType prediction) {
        Tensor loud = TensorMath.linear(5, x);
        Denoiser network = (input, _) -> Slices.joinChannels(loud, TensorMath.filled(0.3, input.shape()));
        double level = LINEAR.alphaCumulative(300);
        double alpha = Math.sqrt(level);
        double sigma = Math.sqrt(1 - level);

        Tensor output = new ClippedPrediction(network, LINEAR, prediction, 1).predict(x, 300);

        Tensor meant = prediction.denoised(x, Slices.channels(output, 0, 3), alpha, sigma);
        Tensor expected = TensorMath.clamp(prediction.denoised(x, loud, alpha, sigma), -1, 1);
        assertThat(TensorMath.distance(meant, expected)).isLessThan(1e-5);
        assertThat(Slices.channels(output, 3, 6)).isEqualTo(TensorMath.filled(0.3, x.shape()));
    }

    /// An encoder whose embedding of a picture is the picture, and whose wanted one is of length one.
    private static CosineSimilarity identity(Tensor wanted) {
        double[] z = unit(wanted, 0);
        return (pictures, _) -> {
            int width = z.length;
            double[] cosines = new double[pictures.size(0)];
            float[] gradient = new float[pictures.length()];
            for (int i = 0; i < cosines.length; i++) {
                double[] v = unit(pictures, i);
                double norm = norm(pictures, i, width);
                for (int k = 0; k < width; k++) {
                    cosines[i] += z[k] * v[k];
                }
                for (int k = 0; k < width; k++) {
                    gradient[i * width + k] = (float) ((z[k] - cosines[i] * v[k]) / norm);
                }
            }
            return new CosineSimilarity.Found(cosines, Tensor.ofFloats(gradient, pictures.shape()));
        };
    }

    private static double norm(Tensor rows, int row, int width) {
        double squares = 0;
        for (int k = 0; k < width; k++) {
            squares += Math.pow(rows.floats()[row * width + k], 2);
        }
        return Math.sqrt(squares);
    }

    private static double[] unit(Tensor rows, int row) {
        int width = rows.length() / rows.size(0);
        double norm = norm(rows, row, width);
        return IntStream.range(0, width).mapToDouble(k -> rows.floats()[row * width + k] / norm).toArray();
    }

    @Test
    void logits_move_the_ancestral_mean_by_variance_and_the_picture_of_ddim_by_noise_over_signal() {
        GaussianDiffusion process = GaussianDiffusion.of(LINEAR, "50", MeanType.EPSILON, VarianceType.FIXED_SMALL);
        CosineSimilarity clip = identity(new Seed(9).generator().normal(1, 3, 4, 4));
        Gradient logits = clip.logits(100);
        Tensor slope = clip.at(x, 0).gradient();
        SamplingHooks guided = SamplingHooks.none().withGradient(logits);
        Tensor nothing = TensorMath.filled(0, x.shape());
        Tensor small = TensorMath.linear(0.1, x); // so that float32 holds differences to 1e-6
        for (int index : new int[] {45, 20, 2}) {
            Evaluation at = process.ancestral(SamplingHooks.none()).evaluations().get(index);
            int level = 49 - index;

            Tensor mean = difference(process.ancestral(guided), process.ancestral(SamplingHooks.none()), at, nothing);
            double variance = process.posteriorVariance(level);

            assertThat(TensorMath.distance(mean, TensorMath.linear(100 * variance, slope))).isLessThan(1e-6);

            Tensor denoised =
                    TensorMath.linear(
                            1,
                            process.ddim(0, guided).step(x, small, at, _ -> nothing).denoised(),
                            -1,
                            process.ddim(0, SamplingHooks.none()).step(x, small, at, _ -> nothing).denoised());
            double alpha = process.schedule().alphaCumulative(level);
            Tensor expected = TensorMath.linear(100 * (1 - alpha) / Math.sqrt(alpha), slope);
            assertThat(TensorMath.distance(denoised, expected))
                    .isLessThan(1e-6 * Math.max(1, TensorMath.norm(expected)));
        }
    }

    private Tensor difference(Solver one, Solver other, Evaluation at, Tensor nothing) {
        return TensorMath.linear(
                1,
                one.step(x, TensorMath.linear(0.1, x), at, _ -> nothing).sample(),
                -1,
                other.step(x, TensorMath.linear(0.1, x), at, _ -> nothing).sample());
    }

    @Test
    void the_spherical_distance_is_half_the_angle_squared_and_falls_along_its_gradient() {
        Tensor wanted = new Seed(9).generator().normal(1, 3, 4, 4);
        CosineSimilarity clip = identity(wanted);
        Tensor gradient = clip.sphericalDistance().at(x, 0);
        Tensor direction = new Seed(10).generator().normal(2, 3, 4, 4);

        double step = 1e-3;
        double slope =
                (distance(wanted, TensorMath.linear(1, x, step, direction))
                                - distance(wanted, TensorMath.linear(1, x, -step, direction)))
                        / (2 * step);

        assertThat(-TensorMath.dot(gradient, direction)).isCloseTo(slope, within(1e-4));
        assertThat(TensorMath.norm(clip.sphericalDistance().at(wanted, 0))).isLessThan(1e-6);
        assertThat(TensorMath.isFinite(clip.sphericalDistance().at(TensorMath.linear(-1, wanted), 0))).isTrue();
    }

    /// Crowson's `2 * arcsin(norm(x - y) / 2) ** 2`, summed over the batch.
    private static double distance(Tensor wanted, Tensor pictures) {
        double[] z = unit(wanted, 0);
        double sum = 0;
        for (int i = 0; i < pictures.size(0); i++) {
            double[] v = unit(pictures, i);
            double squares = 0;
            for (int k = 0; k < z.length; k++) {
                squares += (z[k] - v[k]) * (z[k] - v[k]);
            }
            sum += 2 * Math.pow(Math.asin(Math.sqrt(squares) / 2), 2);
        }
        return sum;
    }

    @ParameterizedTest
    @EnumSource
    void a_judge_of_pictures_sees_mostly_what_the_network_has_in_mind_and_moves_it(PredictionType prediction) {
        Tensor slope = new Seed(5).generator().normal(2, 3, 4, 4);
        Tensor output = new Seed(4).generator().normal(2, 3, 4, 4);
        for (int timestep : new int[] {950, 300, 10}) {
            double alpha = LINEAR.alphaCumulative(timestep);
            double signal = Math.sqrt(alpha);
            double sigma = Math.sqrt(1 - alpha);
            Tensor mind = prediction.denoised(x, output, signal, sigma);
            Gradient judge =
                    (seen, _) -> {
                        Tensor mixed = TensorMath.linear(sigma, mind, 1 - sigma, x);
                        assertThat(TensorMath.distance(seen, mixed)).isLessThan(1e-6);
                        return slope;
                    };
            Denoiser guided =
                    new PictureGuidance((_, _) -> Slices.joinChannels(output, x), judge.scaled(2), LINEAR, prediction);

            Tensor said = guided.predict(x, timestep);

            double factor = 2 * (1 - alpha) / signal * (sigma * signal + 1 - sigma);
            Tensor moved = prediction.denoised(x, Slices.channels(said, 0, 3), signal, sigma);
            Tensor expected = TensorMath.linear(1, mind, factor, slope);
            assertThat(TensorMath.distance(moved, expected))
                    .isLessThan(1e-6 * Math.max(1, TensorMath.largest(mind)) + 1e-6);
            assertThat(Slices.channels(said, 3, 6)).isEqualTo(x);
        }
    }

    @ParameterizedTest
    @EnumSource
    void guidance_of_strength_zero_leaves_the_prediction_to_the_bit(PredictionType prediction) {
        Tensor output = new Seed(4).generator().normal(2, 3, 4, 4);
        Gradient none = ((Gradient) (seen, _) -> seen).scaled(0);

        assertThat(new PictureGuidance((_, _) -> output, none, LINEAR, prediction).predict(x, 500)).isEqualTo(output);
        assertThat(new GradientGuidance((_, _) -> output, none, LINEAR, prediction).predict(x, 500)).isEqualTo(output);
    }

    /// Two classes of pictures of one pixel, N(±1, 0.3²), whose noise and whose classifier are known exactly. Samples of both labels lie beside each other in the batch.
    @Test
    void an_exact_classifier_leads_to_its_classes_whatever_else_is_in_the_batch() {
        GaussianDiffusion process = GaussianDiffusion.of(LINEAR, "1000", MeanType.EPSILON, VarianceType.FIXED_SMALL);
        double variance = 0.09;
        int count = 3000;
        Denoiser exact =
                (noisy, t) -> {
                    double signal = Math.sqrt(LINEAR.alphaCumulative((int) t));
                    double total = signal * signal * variance + 1 - signal * signal;
                    double sigma = Math.sqrt(1 - signal * signal);
                    return TensorMath.map(
                            noisy, value -> sigma * (value - signal * Math.tanh(value * signal / total)) / total);
                };
        Gradient classifier =
                (noisy, t) -> {
                    double signal = Math.sqrt(LINEAR.alphaCumulative((int) t));
                    double total = signal * signal * variance + 1 - signal * signal;
                    float[] slopes = new float[noisy.length()];
                    for (int i = 0; i < slopes.length; i++) {
                        double label = i % 2 == 0 ? 1 : -1;
                        slopes[i] = (float) (signal / total * (label - Math.tanh(noisy.floats()[i] * signal / total)));
                    }
                    return Tensor.ofFloats(slopes, noisy.shape());
                };
        Tensor noise = new Seed(11).generator().normal(count, 1, 1, 1);

        float[] samples =
                Sampler.of(process.ancestral(SamplingHooks.none().withGradient(classifier)), exact)
                        .drawing(new Seed(12).generator()::normal)
                        .run(noise)
                        .floats();

        double threeErrors = 3 * Math.sqrt(variance / (count / 2.0));
        for (int label = 0; label < 2; label++) {
            int parity = label;
            double mean =
                    IntStream.range(0, count)
                            .filter(i -> i % 2 == parity)
                            .mapToDouble(i -> samples[i])
                            .average()
                            .orElse(0);
            assertThat(mean).isCloseTo(label == 0 ? 1 : -1, within(threeErrors));
        }
    }
}
