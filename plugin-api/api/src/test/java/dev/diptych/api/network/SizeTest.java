// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.Map;

class SizeTest {
    private static final Size HEIGHT = Size.variable("height", 1);
    private static final Size EVEN = Size.variable("even", 2);
    private static final Size WIDTH = Size.variable("width", 1);

    @Test
    void half_of_an_even_size_doubled_is_the_size_again() {
        assertThat(EVEN.dividedBy(2).times(2)).isEqualTo(EVEN);
        assertThat(HEIGHT.dividedBy(2).times(2)).isNotEqualTo(HEIGHT);
    }

    @Test
    void a_multiple_of_eight_is_halved_three_times_exactly() {
        Size latent = Size.variable("height", 8);

        assertThat(latent.dividedBy(2).dividedBy(2).dividedBy(2).times(8)).isEqualTo(latent);
        assertThat(latent.plus(-1).dividedBy(2).plus(1)).isEqualTo(latent.dividedBy(2)); // a convolution with stride 2
    }

    @Test
    void quotients_are_rounded_down_also_below_zero() {
        assertThat(Size.of(7).dividedBy(2)).isEqualTo(Size.of(3));
        assertThat(Size.of(-1).dividedBy(2)).isEqualTo(Size.of(-1));
        assertThat(HEIGHT.plus(-1).dividedBy(2).plus(1).value(Map.of("height", 9L))).isEqualTo(5);
        assertThat(HEIGHT.times(4).plus(3).dividedBy(2)).isEqualTo(HEIGHT.times(2).plus(1));
        assertThatThrownBy(() -> HEIGHT.dividedBy(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equal_expressions_are_equal_however_they_are_written() {
        Size one = HEIGHT.plus(1).times(WIDTH.plus(2));
        Size other = WIDTH.times(HEIGHT).plus(HEIGHT.times(2)).plus(WIDTH).plus(2);

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(one.minus(other).known()).isZero();
        assertThat(HEIGHT.times(WIDTH)).isEqualTo(WIDTH.times(HEIGHT));
    }

    @Test
    void divides_exactly_what_it_divides() {
        Size pixels = HEIGHT.times(WIDTH).times(64);

        assertThat(pixels.dividedExactlyBy(WIDTH.times(16))).isEqualTo(HEIGHT.times(4));
        assertThat(pixels.dividedExactlyBy(Size.variable("depth", 1))).isNull();
        assertThat(HEIGHT.times(3).dividedExactlyBy(Size.of(2))).isNull();
        assertThat(HEIGHT.plus(1).dividedExactlyBy(HEIGHT.plus(1))).isEqualTo(Size.of(1));
    }

    @Test
    void is_a_number_only_where_no_call_changes_it() {
        assertThat(Size.of(4).known()).isEqualTo(4);
        assertThat(Size.of(0).known()).isZero();
        assertThat(HEIGHT.known()).isNull();
        assertThat(HEIGHT.minus(HEIGHT).known()).isZero();
        assertThat(HEIGHT.times(0).isKnown()).isTrue();
    }

    @Test
    void differs_from_another_in_every_call_or_in_some() {
        assertThat(Shapes.clash(HEIGHT.times(4), HEIGHT.times(5))).isTrue();
        assertThat(Shapes.clash(HEIGHT.plus(1), HEIGHT)).isTrue();
        assertThat(Shapes.clash(HEIGHT, HEIGHT)).isFalse();
        assertThat(Shapes.clash(HEIGHT, WIDTH)).isFalse(); // a square
        assertThat(Shapes.clash(HEIGHT, Size.of(3))).isFalse();
        assertThat(Shapes.clash(HEIGHT.dividedBy(2).plus(1), Size.of(1))).isFalse(); // one row
    }

    @Test
    void computes_its_value_and_names_a_variable_that_is_missing() {
        Size size = HEIGHT.times(WIDTH).plus(EVEN.dividedBy(2));

        assertThat(size.value(Map.of("height", 3L, "width", 5L, "even", 8L))).isEqualTo(19);
        assertThat(size.variables()).containsExactly("even", "height", "width");
        assertThatThrownBy(() -> size.value(Map.of("height", 3L, "even", 2L))).hasMessageContaining("width");
        assertThatThrownBy(() -> HEIGHT.times(HEIGHT).value(Map.of("height", Long.MAX_VALUE)))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void knows_a_declared_size_from_an_expression() {
        assertThat(HEIGHT.declared()).isEqualTo(new Size.Declared("height", 1));
        assertThat(EVEN.declared()).isEqualTo(new Size.Declared("even", 2));
        assertThat(EVEN.dividedBy(2).declared()).isNull();
        assertThat(HEIGHT.plus(1).declared()).isNull();
        assertThat(HEIGHT.times(2).declared()).isNull();
        assertThat(Size.of(2).declared()).isNull();
    }

    @Test
    void is_written_as_a_reader_would() {
        assertThat(HEIGHT).hasToString("height");
        assertThat(EVEN).hasToString("even");
        assertThat(HEIGHT.dividedBy(2).plus(1)).hasToString("((height) // 2) + 1");
        assertThat(Size.of(0)).hasToString("0");
        assertThat(WIDTH.times(-3).plus(7).expression(name -> "size_" + name)).isEqualTo("size_width * (-3) + 7");
    }
}
