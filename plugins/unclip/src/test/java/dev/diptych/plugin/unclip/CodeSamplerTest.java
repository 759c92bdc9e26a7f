// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class CodeSamplerTest {
    private static final int ROWS = 20_000;
    private static final double[] SHARES = {0.2, 0.5, 0.05, 0.25};

    @Test
    void draws_each_bucket_as_often_as_the_network_says() {
        double[] found = shares(new CodeSampler(1, 1, 1));

        for (int k = 0; k < SHARES.length; k++) {
            assertThat(found[k]).isCloseTo(SHARES[k], within(0.02));
        }
    }

    @Test
    void takes_the_likeliest_at_temperature_0() {
        assertThat(shares(new CodeSampler(0, 1, 1))).containsExactly(0, 1, 0, 0);
    }

    @Test
    void draws_more_evenly_at_a_high_temperature() {
        double[] found = shares(new CodeSampler(2, 1, 1));
        double all = Arrays.stream(SHARES).map(Math::sqrt).sum();

        assertThat(found[2]).isCloseTo(Math.sqrt(0.05) / all, within(0.02));
    }

    @Test
    void leaves_out_what_the_likeliest_need_not() {
        double[] found = shares(new CodeSampler(1, 0.75, 1));

        assertThat(found[0]).isZero();
        assertThat(found[2]).isZero();
        assertThat(found[1]).isCloseTo(0.5 / 0.75, within(0.02));
    }

    @Test
    void the_smallest_top_p_leaves_one() {
        assertThat(shares(new CodeSampler(1, 0.01, 1))).containsExactly(0, 1, 0, 0);
    }

    @Test
    void guides_from_the_first_half_of_rows_to_the_second() {
        Tensor logits = Tensor.ofFloats(new float[] {0, 1, 0, 0, 2, 2.5f}, 2, 3); // unconditional, conditional

        long[] asTrained = new CodeSampler(0, 1, 1.0001).draw(logits, random());
        long[] guided = new CodeSampler(0, 1, 3).draw(logits, random());
        long[] unconditional = new CodeSampler(0, 1, 0).draw(logits, random());

        assertThat(asTrained).containsExactly(2);
        assertThat(guided).containsExactly(2); // 0 + 3 · (0, 1, 2.5) + (0, 1, 0) · (1 - 3) = (0, 4, 7.5)
        assertThat(unconditional).containsExactly(1);
    }

    @Test
    void tokens_come_from_their_half() {
        assertThat(DotToken.TOP_HALF.drawn(6, 200, random())).containsOnly(3, 4, 5);
        assertThat(DotToken.BOTTOM_HALF.drawn(6, 200, random())).containsOnly(0, 1, 2);
        assertThat(DotToken.ANY.drawn(6, 200, random())).containsOnly(0, 1, 2, 3, 4, 5);
        assertThat(DotToken.BOTTOM_HALF.drawn(1, 3, random())).containsOnly(0);
    }

    private static double[] shares(CodeSampler sampler) {
        float[] logits = new float[ROWS * SHARES.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(SHARES[i % SHARES.length]) + 3;
        }
        double[] shares = new double[SHARES.length];
        for (long code : sampler.draw(Tensor.ofFloats(logits, ROWS, SHARES.length), random())) {
            shares[(int) code] += 1.0 / ROWS;
        }
        for (int k = 0; k < shares.length; k++) {
            shares[k] = Math.round(shares[k] * ROWS) / (double) ROWS;
        }
        return shares;
    }

    private static NoiseGenerator random() {
        return new NoiseGenerator(new Seed(5));
    }
}
