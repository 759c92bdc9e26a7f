// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Video;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

final class PngWriterTest {
    private final ImageFiles files = new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS);

    private record Chunk(String type, byte[] data) {}

    private static Image picture(int shade) {
        return Image.generated(
                37, 21, 4, (x, y) -> new Pixel(x / 36.0, y / 20.0, shade / 255.0, (x * y % 255) / 255.0));
    }

    private static List<Chunk> chunks(byte[] png) {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(png).position(8);
        while (in.hasRemaining()) {
            byte[] data = new byte[in.getInt()];
            byte[] type = new byte[4];
            in.get(type).get(data);
            CRC32 crc = new CRC32();
            crc.update(type);
            crc.update(data);
            assertThat(in.getInt()).isEqualTo((int) crc.getValue());
            chunks.add(new Chunk(new String(type, StandardCharsets.US_ASCII), data));
        }
        return chunks;
    }

    @Test
    void a_video_is_an_animated_png_whose_frames_are_exact() throws Exception {
        List<Image> frames = List.of(picture(0), picture(100), picture(255));

        byte[] written = PngWriter.write(new Video(frames, 25));

        List<Chunk> chunks = chunks(written);
        assertThat(chunks)
                .extracting(Chunk::type)
                .containsExactly("IHDR", "sRGB", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND");
        assertThat(ByteBuffer.wrap(chunks.get(2).data()).getInt()).isEqualTo(3);
        List<Integer> numbers = new ArrayList<>();
        List<Image> read = new ArrayList<>();
        for (Chunk chunk : chunks) {
            ByteBuffer data = ByteBuffer.wrap(chunk.data());
            switch (chunk.type()) {
                case "fcTL" -> {
                    numbers.add(data.getInt());
                    assertThat(List.of(data.getInt(), data.getInt(), data.getInt(), data.getInt()))
                            .containsExactly(37, 21, 0, 0);
                    assertThat(List.of(data.getShort(), data.getShort())).containsExactly((short) 1, (short) 25);
                }
                case "IDAT" -> read.add(alone(chunks, chunk.data()));
                case "fdAT" -> {
                    numbers.add(data.getInt());
                    read.add(alone(chunks, Arrays.copyOfRange(chunk.data(), 4, chunk.data().length)));
                }
                default -> {}
            }
        }
        assertThat(numbers).containsExactly(0, 1, 2, 3, 4);
        assertThat(read).isEqualTo(frames);
        assertThat(files.read(written, "video")).isEqualTo(frames.getFirst());
    }

    /// A picture of the same header with other data.
    private Image alone(List<Chunk> chunks, byte[] data) throws Exception {
        ByteBuffer png = ByteBuffer.allocate(data.length + 200);
        png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        for (Chunk chunk : List.of(chunks.getFirst(), new Chunk("IDAT", data), chunks.getLast())) {
            byte[] type = chunk.type().getBytes(StandardCharsets.US_ASCII);
            CRC32 crc = new CRC32();
            crc.update(type);
            crc.update(chunk.data());
            png.putInt(chunk.data().length).put(type).put(chunk.data()).putInt((int) crc.getValue());
        }
        return files.read(Arrays.copyOf(png.array(), png.position()), "frame");
    }

    @Test
    void a_pace_that_is_no_whole_number_is_kept_within_a_millisecond() {
        byte[] written = PngWriter.write(new Video(List.of(picture(1)), 12.5));
        Chunk control = chunks(written).stream().filter(chunk -> chunk.type().equals("fcTL")).findFirst().orElseThrow();
        ByteBuffer delay = ByteBuffer.wrap(control.data()).position(20);
        assertThat(List.of(delay.getShort(), delay.getShort())).containsExactly((short) 80, (short) 1000);
    }

    @Test
    void frames_of_different_sizes_make_no_video() {
        Image other = Image.filled(37, 22, new Pixel(0, 0, 0, 0.5));
        assertThatThrownBy(() -> new Video(List.of(picture(1), other), 10))
                .hasMessageContaining("Frame 1", "37 x 22", "37 x 21");
        assertThatThrownBy(() -> new Video(List.of(), 10)).hasMessageContaining("at least one frame");
        assertThatThrownBy(() -> new Video(List.of(picture(1)), Double.NaN)).hasMessageContaining("NaN");
    }
}
