// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;

import org.junit.jupiter.api.Test;

import java.util.Map;

@SuppressWarnings("JavaLangClash")
class FittedInputsTest {
    private static final Tensor SAMPLE = Tensor.ofFloats(new float[6], 3, 2);

    static final class Nothing extends Module {}

    @Test
    void one_time_counts_for_all_pictures() {
        var scalar = fitted("timestep", Tensor.ofFloats(new float[] {801}));
        var single = fitted("timestep", Tensor.ofLongs(new long[] {801}, 1));

        assertThat(scalar).isEqualTo(Tensor.ofFloats(new float[] {801, 801, 801}, 3)).isEqualTo(single);
    }

    @Test
    void whole_numbers_are_real_ones_and_the_other_way_round() {
        assertThat(fitted("timestep", Tensor.ofLongs(new long[] {1, 2, 3}, 3)))
                .isEqualTo(Tensor.ofFloats(new float[] {1, 2, 3}, 3));
        assertThat(fitted("mask", Tensor.ofFloats(new float[] {1, 0, 1, 1, 0, 1}, 3, 2)))
                .isEqualTo(Tensor.ofLongs(new long[] {1, 0, 1, 1, 0, 1}, 3, 2));
        assertThat(fitted("mask", Tensor.ofBytes(new byte[] {1, 0}, 1, 2)))
                .isEqualTo(Tensor.ofLongs(new long[] {1, 0}, 1, 2));
    }

    @Test
    void what_would_lose_something_stays_for_the_call_to_refuse() {
        Tensor soft = Tensor.ofFloats(new float[] {0.5f, 1}, 1, 2);

        assertThat(fitted("mask", soft)).isSameAs(soft);
        assertThat(fitted("sample", SAMPLE)).isSameAs(SAMPLE);
    }

    private static Tensor fitted(String name, Tensor given) {
        NetworkFunction function =
                Network.of(new Nothing())
                        .function(
                                "forward",
                                (_, f) -> {
                                    f.output("y", f.input("sample", f.batch(), 2));
                                    f.input("timestep", SymbolType.FLOAT32, f.batch());
                                    f.input("mask", SymbolType.INT64, f.batch(), f.size("tokens"));
                                })
                        .network()
                        .functions()
                        .getFirst();
        Map<String, Tensor> inputs =
                new java.util.HashMap<>(
                        Map.of(
                                "sample", SAMPLE,
                                "timestep", Tensor.ofFloats(new float[3], 3),
                                "mask", Tensor.ofLongs(new long[6], 3, 2)));
        inputs.put(name, given);
        return FittedInputs.of(function, inputs).get(name);
    }
}
