// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

class ElementsTest {
    @Test
    void half_precision_keeps_every_value_to_the_bit() {
        assertThat(half(0x3c00)).isEqualTo(1f);
        assertThat(half(0x7bff)).isEqualTo(65504f);
        assertThat(half(0x0001)).isEqualTo(5.9604645e-8f);
        assertThat(half(0x83ff)).isEqualTo(-6.097555e-5f);
        assertThat(half(0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(half(0x7e00)).isNaN();
        assertThat(Float.floatToRawIntBits(half(0x8000))).isEqualTo(0x8000_0000);
    }

    @Test
    void all_256_values_of_both_8_bit_formats_are_what_pytorch_says() throws IOException {
        try (Checkpoint expected = CheckpointFiles.open(Fixtures.path("eight-bits.safetensors"))) {
            for (ElementType type : new ElementType[] {ElementType.F8_E4M3, ElementType.F8_E5M2}) {
                float[] wanted = Elements.floats(expected.tensors().get(type + " as F32"));
                float[] found = Elements.floats(expected.tensors().get(type.name()));
                assertThat(found).containsExactly(wanted);
            }
        }
    }

    @Test
    void reads_each_type_of_a_file() throws IOException {
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("every-type.safetensors"))) {
            for (ElementType type : ElementType.values()) {
                float[] floats = Elements.floats(file.tensors().get(type.name()));
                if (!type.isFloating()) {
                    float[] wanted =
                            type == ElementType.BOOL ? new float[] {1, 0, 1} : new float[] {0, 1, 2, 3, 100, 127};
                    assertThat(floats).as(type.name()).containsExactly(wanted);
                    assertThat(Elements.longs(file.tensors().get(type.name()))).hasSize(wanted.length);
                } else {
                    assertThat(floats[2]).as(type.name()).isEqualTo(1f);
                    assertThat(floats[3]).as(type.name()).isEqualTo(-2.5f);
                    assertThat(floats[7]).as(type.name()).isNaN();
                }
            }
            assertThat(Elements.floats(file.tensors().get("F64"))[5]).isEqualTo(1e-7f);
        }
    }

    @Test
    void unsigned_numbers_above_the_signed_range_are_positive() {
        MemorySegment ones = MemorySegment.ofArray(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1});

        assertThat(Elements.floatAt(ones, ElementType.U64, 0)).isEqualTo(0x1p64f);
        assertThat(Elements.longAt(ones, ElementType.U32, 0)).isEqualTo(4294967295L);
        assertThat(Elements.longAt(ones, ElementType.U16, 0)).isEqualTo(65535);
        assertThat(Elements.longAt(ones, ElementType.I16, 0)).isEqualTo(-1);
    }

    private static float half(int bits) {
        return Elements.floatAt(
                MemorySegment.ofArray(new byte[] {(byte) bits, (byte) (bits >> 8)}), ElementType.F16, 0);
    }
}
