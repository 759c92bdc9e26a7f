// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.testkit.Images;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

class ResizeTest {
    @ParameterizedTest
    @CsvSource({"nearest", "bilinear", "bicubic", "lanczos", "area"})
    void equals_pillow_within_one_step_of_a_byte(String filter) throws IOException {
        for (int channels = 3; channels <= 4; channels++) {
            Image source = raw("source-" + channels, 40, 24, channels);
            for (int[] size : new int[][] {{17, 11}, {63, 50}}) {
                Image expected =
                        raw(filter + "-" + channels + "-" + size[0] + "x" + size[1], size[0], size[1], channels);

                Image resized =
                        NodeRunner.of(Resize.class)
                                .with("image", source)
                                .with("width", size[0])
                                .with("height", size[1])
                                .with("filter", filter)
                                .run()
                                .image("image");

                assertThat(Images.largestDifference(resized, expected))
                        .as("%s, %d channels, %d x %d", filter, channels, size[0], size[1])
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void keeps_proportions_when_one_size_is_left_open() {
        Image resized =
                NodeRunner.of(Resize.class)
                        .with("image", Images.white(200, 100))
                        .with("width", 50)
                        .run()
                        .image("image");

        assertThat(resized.height()).isEqualTo(25);
    }

    @Test
    void says_what_is_missing_when_no_size_is_given() {
        NodeRunner runner = NodeRunner.of(Resize.class).with("image", Images.white(4, 4));

        assertThatThrownBy(runner::run)
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Neither width nor height");
    }

    private static Image raw(String name, int width, int height, int channels) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ResizeTest.class.getResourceAsStream("/pillow/" + name + ".raw"), name)) {
            return Image.ofBytes(width, height, channels, in.readAllBytes());
        }
    }
}
