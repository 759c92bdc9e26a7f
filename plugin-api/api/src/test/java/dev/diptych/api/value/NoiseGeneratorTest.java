// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

class NoiseGeneratorTest {
    /// A seed and the lines of its draws, as `noise/make.py` has printed them.
    private record Sequence(Seed seed, List<String> draws) {}

    @TestFactory
    List<DynamicTest> equals_what_pytorch_draws() throws IOException {
        return sequences().stream()
                .map(sequence ->
                        DynamicTest.dynamicTest(
                                "seed " + sequence.seed() + ", " + sequence.draws().size() + " draws",
                                () -> check(sequence)))
                .toList();
    }

    private static List<Sequence> sequences() throws IOException {
        List<Sequence> sequences = new ArrayList<>();
        try (InputStream in = NoiseGeneratorTest.class.getResourceAsStream("/noise/draws.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.split("\n")) {
                if (line.startsWith("seed ")) {
                    Seed seed = new Seed(Long.parseUnsignedLong(line.substring(5)));
                    sequences.add(new Sequence(seed, new ArrayList<>()));
                } else {
                    sequences.getLast().draws().add(line);
                }
            }
        }
        return sequences;
    }

    private static void check(Sequence sequence) {
        NoiseGenerator generator = sequence.seed().generator();
        for (String line : sequence.draws()) {
            String[] words = line.split(" ", -1);
            int[] shape = shape(words[words.length - 2]);
            ByteBuffer bytes =
                    ByteBuffer.wrap(Base64.getDecoder().decode(words[words.length - 1])).order(ByteOrder.LITTLE_ENDIAN);
            if (words[0].equals("integers")) {
                long[] expected = new long[bytes.remaining() / 8];
                bytes.asLongBuffer().get(expected);
                Tensor drawn = generator.integers(Long.parseLong(words[1]), Long.parseLong(words[2]), shape);
                assertThat(drawn).as(line).isEqualTo(Tensor.ofLongs(expected, shape));
            } else {
                float[] expected = new float[bytes.remaining() / 4];
                bytes.asFloatBuffer().get(expected);
                Tensor drawn = words[0].equals("normal") ? generator.normal(shape) : generator.uniform(shape);
                assertThat(drawn).as(line).isEqualTo(Tensor.ofFloats(expected, shape));
            }
        }
    }

    private static int[] shape(String text) {
        return text.equals("-") ? new int[0] : Arrays.stream(text.split(",", -1)).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void gives_the_bits_of_the_mersenne_twister() {
        NoiseGenerator generator = new Seed(5489).generator(); // the default seed of std::mt19937
        assertThat(Integer.toUnsignedLong(generator.nextBits())).isEqualTo(3499211612L);
        for (int i = 2; i < 10_000; i++) {
            generator.nextBits();
        }
        // C++ standard, [rand.predef]: the 10000th value
        assertThat(Integer.toUnsignedLong(generator.nextBits())).isEqualTo(4123659995L);
    }

    @Test
    void is_standard_normal_over_many_draws() {
        float[] noise = new Seed(1).generator().normal(1 << 20).floats();
        double sum = 0;
        double squares = 0;
        for (float value : noise) {
            sum += value;
            squares += (double) value * value;
        }
        assertThat(sum / noise.length).isBetween(-0.005, 0.005);
        assertThat(squares / noise.length).isBetween(0.995, 1.005);
    }

    @Test
    void refuses_a_shape_that_no_array_can_hold() {
        NoiseGenerator generator = new Seed(0).generator();
        assertThatThrownBy(() -> generator.normal(1 << 16, 1 << 16)).hasMessageContaining("[65536, 65536]");
        assertThatThrownBy(() -> generator.normal(2, -1)).hasMessageContaining("negative");
        assertThat(generator.normal(1 << 16, 1 << 16, 0).length()).isZero();
    }

    @Test
    void refuses_an_empty_range() {
        assertThatThrownBy(() -> new Seed(0).generator().integers(3, 3, 1)).hasMessageContaining("from 3");
    }
}
