// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import org.junit.jupiter.api.Test;

class BlockPictureTest {
    @Test
    void shows_two_pixels_in_each_character() {
        Image picture = Image.generated(1, 2, 3, (_, y) -> y == 0 ? Pixel.WHITE : Pixel.BLACK);

        assertThat(BlockPicture.of(picture, 80, 24)).isEqualTo("\u001b[38;2;255;255;255;48;2;0;0;0m▀\u001b[0m\n");
    }

    @Test
    void stays_within_the_columns_and_rows_that_it_is_given() {
        String wide = BlockPicture.of(Image.filled(1000, 10, Pixel.WHITE), 40, 20);
        String high = BlockPicture.of(Image.filled(10, 1000, Pixel.WHITE), 40, 20);

        assertThat(wide.lines().mapToLong(BlockPictureTest::blocks).max()).hasValue(40);
        assertThat(high.lines()).hasSize(20);
    }

    private static long blocks(String line) {
        return line.chars().filter(c -> c == '▀').count();
    }
}
