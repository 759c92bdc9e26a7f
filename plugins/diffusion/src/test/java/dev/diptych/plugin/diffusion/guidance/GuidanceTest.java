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
}
