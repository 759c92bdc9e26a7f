// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;
import dev.diptych.engine.document.PortType;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

final class ValueCodecTest {
    private static final List<Object> VALUES =
            List.of(
                    Image.filled(3, 2, Pixel.TRANSPARENT),
                    Mask.ofBytes(2, 1, new byte[] {0, -1}),
                    new Video(
                            List.of(Image.filled(3, 2, Pixel.TRANSPARENT), Image.filled(3, 2, new Pixel(1, 0, 0, 0.5))),
                            12.5),
                    "text",
                    1.5,
                    7L,
                    true,
                    new Seed(-1),
                    Tensor.ofLongs(new long[] {1, 2}, 2),
                    new Embedding(Tensor.ofFloats(new float[] {1, 2}, 2), "space"),
                    new Latent(Tensor.ofFloats(new float[4], 1, 1, 2, 2), Map.of("b", "2", "a", "1")),
                    new ModelReference("p/m", List.of(new ModelReference.Adapter("p/l", 0.5))),
                    Map.of("field", List.of("x", "y")));

    @Test
    void every_kind_of_value_reads_back_equal() {
        assertThat(ValueCodec.decode(ValueCodec.encode(VALUES))).isEqualTo(VALUES);
    }

    @Test
    void videos_with_another_pace_or_order_have_another_digest() {
        Image red = Image.filled(2, 2, new Pixel(1, 0, 0, 1));
        Image blue = Image.filled(2, 2, new Pixel(0, 0, 1, 1));
        assertThat(
                        List.of(
                                        new Video(List.of(red, blue), 10),
                                        new Video(List.of(blue, red), 10),
                                        new Video(List.of(red, blue), 11))
                                .stream()
                                .map(video -> ValueCodec.typed(PortType.Basic.VIDEO, video).digest()))
                .doesNotHaveDuplicates();
    }

    @Test
    void lists_nested_without_end_are_refused() {
        byte[] bytes = new byte[500_000];
        for (int i = 0; i < bytes.length; i += 5) {
            bytes[i] = 'A';
            bytes[i + 4] = 1;
        }
        assertThatThrownBy(() -> ValueCodec.decode(bytes))
                .isInstanceOf(ValueCodec.MalformedValueException.class)
                .hasMessageContaining("nested more than 200 deep");
    }

    @Test
    void bytes_cut_off_or_left_over_are_refused() {
        byte[] bytes = ValueCodec.encode(VALUES);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> ValueCodec.decode(cut)).isInstanceOf(ValueCodec.MalformedValueException.class);
        }
        assertThatThrownBy(() -> ValueCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(ValueCodec.MalformedValueException.class);
    }
}
