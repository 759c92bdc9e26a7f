// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.testkit.Images;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.concurrent.CancellationException;

/// Borders, angles, masks, filters and repairs.
class RetouchNodesTest {
    private final Image noise = Images.random(13, 7, 3, 1);
    private final Mask square = Mask.generated(41, 41, (x, y) -> x >= 15 && x < 26 && y >= 15 && y < 26 ? 1 : 0);

    @Test
    void a_border_is_of_one_colour_or_continues_the_picture() {
        Image colour =
                NodeRunner.of(Pad.class)
                        .with("image", noise)
                        .with("left", 2)
                        .with("top", 3)
                        .with("color", "#0000ff")
                        .run()
                        .image("image");
        assertThat(colour.width()).isEqualTo(15);
        assertThat(colour.height()).isEqualTo(10);
        assertThat(colour.pixel(0, 0)).isEqualTo(new Pixel(0, 0, 1, 1));
        assertThat(colour.pixel(2, 3)).isEqualTo(noise.pixel(0, 0));
        Image edge =
                NodeRunner.of(Pad.class)
                        .with("image", noise)
                        .with("right", 4)
                        .with("fill", "edge")
                        .run()
                        .image("image");
        assertThat(edge.pixel(16, 5)).isEqualTo(noise.pixel(12, 5));
        Image reflect =
                NodeRunner.of(Pad.class)
                        .with("image", noise)
                        .with("left", 2)
                        .with("fill", "reflect")
                        .run()
                        .image("image");
        assertThat(reflect.pixel(0, 1)).isEqualTo(noise.pixel(2, 1));
        assertThat(reflect.pixel(1, 1)).isEqualTo(noise.pixel(1, 1));
    }

    @Test
    void a_turn_by_a_right_angle_is_exact_and_others_keep_the_middle() {
        Image quarter = NodeRunner.of(RotateBy.class).with("image", noise).with("angle", 90).run().image("image");
        Image exact = NodeRunner.of(Rotate.class).with("image", noise).run().image("image");
        assertThat(quarter.width()).isEqualTo(exact.width());
        assertThat(quarter.pixel(3, 6).red()).isCloseTo(exact.pixel(3, 6).red(), within(0.01));
        Image red = Images.filled(21, 21, new Pixel(1, 0, 0, 1));
        Image tilted = NodeRunner.of(RotateBy.class).with("image", red).with("angle", 30).run().image("image");
        assertThat(tilted.width()).isEqualTo(29);
        assertThat(tilted.pixel(14, 14)).isEqualTo(new Pixel(1, 0, 0, 1));
        assertThat(tilted.pixel(0, 0).alpha()).isZero();
    }

    @Test
    void a_colour_is_selected_with_what_is_near_it() {
        Image half = Image.generated(4, 1, 3, (x, _) -> x < 2 ? new Pixel(0, 1, 0, 1) : new Pixel(1, 0, 0, 1));
        Mask mask = NodeRunner.of(ColorMask.class).with("image", half).run().mask("mask");
        assertThat(mask.coverage(0, 0)).isEqualTo(1);
        assertThat(mask.coverage(3, 0)).isZero();
    }

    @Test
    void a_drawing_selects_its_paint() {
        Image layer = Image.generated(2, 1, 4, (x, _) -> new Pixel(0, 0, 0, x));
        Image sketch = Image.generated(2, 1, 3, (x, _) -> new Pixel(x, x, x, 1));
        for (Image drawing : List.of(layer, sketch)) {
            Mask mask = NodeRunner.of(DrawingMask.class).with("drawing", drawing).run().mask("mask");
            assertThat(mask.coverage(0, 0)).isZero();
            assertThat(mask.coverage(1, 0)).isCloseTo(1, within(0.001));
        }
    }

    @ParameterizedTest
    @CsvSource({"5,20,9,0", "5,20,11,1", "5,20,26,1", "5,32,20,0", "-3,20,16,0", "-3,20,18,1", "-3,20,20,1"})
    void a_selection_grows_and_shrinks_by_so_many_pixels(double pixels, int x, int y, double expected) {
        Mask grown = NodeRunner.of(GrowMask.class).with("mask", square).with("pixels", pixels).run().mask("mask");
        assertThat(grown.coverage(x, y)).isCloseTo(expected, within(0.01));
        assertThat(grown.coverage(20, 20)).isEqualTo(1);
        assertThat(grown.coverage(0, 0)).isZero();
    }

    @Test
    void grown_corners_are_round_and_distances_exact() {
        Mask point = Mask.generated(31, 31, (x, y) -> x == 15 && y == 15 ? 1 : 0);
        Mask grown = NodeRunner.of(GrowMask.class).with("mask", point).with("pixels", 10).run().mask("mask");
        for (int y = 0; y < 31; y++) {
            for (int x = 0; x < 31; x++) {
                double expected = Math.clamp(10 - Math.hypot(x - 15, y - 15) + 0.5, 0, 1);
                assertThat(grown.coverage(x, y)).isCloseTo(expected, within(0.003));
            }
        }
    }

    @Test
    void a_feathered_edge_is_half_selected_and_keeps_its_sum() {
        Mask soft = NodeRunner.of(FeatherMask.class).with("mask", square).with("radius", 2).run().mask("mask");
        assertThat(soft.coverage(20, 20)).isGreaterThan(0.95);
        assertThat(soft.coverage(15, 20) + soft.coverage(14, 20)).isCloseTo(1, within(0.03));
        double sum = 0;
        for (byte value : soft.bytes()) {
            sum += (value & 255) / 255.0;
        }
        assertThat(sum).isCloseTo(121, within(1.0));
    }

    @ParameterizedTest
    @CsvSource({"union,1,1,1,0", "intersection,0,1,0,0", "difference,1,0,0,0", "exclusion,1,0,1,0"})
    void masks_are_combined(String operation, double onlyA, double both, double onlyB, double none) {
        Mask a = Mask.generated(4, 1, (x, _) -> x < 2 ? 1 : 0);
        Mask b = Mask.generated(4, 1, (x, _) -> x == 1 || x == 2 ? 1 : 0);
        Mask mask =
                NodeRunner.of(CombineMasks.class)
                        .with("a", a)
                        .with("b", b)
                        .with("operation", operation)
                        .run()
                        .mask("mask");
        assertThat(List.of(mask.coverage(0, 0), mask.coverage(1, 0), mask.coverage(2, 0), mask.coverage(3, 0)))
                .containsExactly(onlyA, both, onlyB, none);
        assertThatThrownBy(() -> NodeRunner.of(CombineMasks.class).with("a", a).with("b", square).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("41 x 41");
    }

    @Test
    void levels_stretch_tones_of_the_chosen_colours() {
        Image grey = Images.filled(2, 2, new Pixel(0.5, 0.5, 0.5, 1));
        Image same = NodeRunner.of(Levels.class).with("image", noise).run().image("image");
        assertThat(same).isEqualTo(noise);
        Image red =
                NodeRunner.of(Levels.class)
                        .with("image", grey)
                        .with("black", 0.5)
                        .with("channel", "red")
                        .run()
                        .image("image");
        assertThat(red.pixel(0, 0).red()).isCloseTo(0, within(0.01));
        assertThat(red.pixel(0, 0).green()).isCloseTo(0.5, within(0.01));
        assertThatThrownBy(() ->
                        NodeRunner.of(Levels.class).with("image", grey).with("black", 0.9).with("white", 0.1).run())
                .isInstanceOf(NodeException.class);
    }

    @Test
    void hue_turns_red_into_green_and_leaves_grey() {
        Image red = Images.filled(1, 1, new Pixel(1, 0, 0, 1));
        Image grey = Images.filled(1, 1, new Pixel(0.4, 0.4, 0.4, 1));
        assertThat(NodeRunner.of(Hue.class).with("image", red).with("degrees", 120).run().image("image").pixel(0, 0))
                .isEqualTo(new Pixel(0, 1, 0, 1));
        assertThat(NodeRunner.of(Hue.class).with("image", grey).with("degrees", 77).run().image("image"))
                .isEqualTo(grey);
    }

    @Test
    void warmth_moves_blue_to_red_and_keeps_the_light() {
        Image grey = Images.filled(1, 1, new Pixel(0.5, 0.5, 0.5, 1));
        Pixel warm =
                NodeRunner.of(Temperature.class)
                        .with("image", grey)
                        .with("warmth", 0.5)
                        .run()
                        .image("image")
                        .pixel(0, 0);
        assertThat(warm.red()).isGreaterThan(0.52);
        assertThat(warm.blue()).isLessThan(0.48);
        assertThat(warm.luminance()).isCloseTo(0.5, within(0.01));
    }

    @Test
    void a_blur_keeps_the_mean_and_calms_the_picture_and_a_sharpened_edge_is_stronger() {
        Image wild = Images.random(64, 64, 3, 5);
        Image calm = NodeRunner.of(Blur.class).with("image", wild).with("radius", 3).run().image("image");
        assertThat(deviation(calm)).isLessThan(deviation(wild) / 5);
        Image edge =
                Image.generated(20, 3, 3, (x, _) -> x < 10 ? new Pixel(0.3, 0.3, 0.3, 1) : new Pixel(0.7, 0.7, 0.7, 1));
        Image sharp = NodeRunner.of(Sharpen.class).with("image", edge).run().image("image");
        assertThat(sharp.pixel(9, 1).red()).isLessThan(0.25);
        assertThat(sharp.pixel(10, 1).red()).isGreaterThan(0.75);
        assertThat(sharp.pixel(0, 1)).isEqualTo(edge.pixel(0, 1));
        Image left = NodeRunner.of(Sharpen.class).with("image", edge).with("threshold", 0.9).run().image("image");
        assertThat(left).isEqualTo(edge);
    }

    private static double deviation(Image image) {
        double sum = 0;
        double squares = 0;
        for (byte value : image.bytes()) {
            sum += value & 255;
            squares += (value & 255) * (double) (value & 255);
        }
        double mean = sum / image.bytes().length;
        return Math.sqrt(squares / image.bytes().length - mean * mean);
    }

    @Test
    void noise_has_its_strength_and_follows_its_seed() {
        Image grey = Images.filled(100, 100, new Pixel(0.5, 0.5, 0.5, 1));
        Image one = noisy(grey, 1, "gaussian");
        assertThat(noisy(grey, 1, "gaussian")).isEqualTo(one);
        assertThat(noisy(grey, 2, "gaussian")).isNotEqualTo(one);
        assertThat(deviation(one) / 255).isCloseTo(0.1, within(0.01));
        assertThat(deviation(noisy(grey, 1, "uniform")) / 255).isCloseTo(0.1, within(0.01));
    }

    private static Image noisy(Image image, int seed, String distribution) {
        return NodeRunner.of(Noise.class)
                .with("image", image)
                .with("seed", seed)
                .with("distribution", distribution)
                .run()
                .image("image");
    }

    @Test
    void a_part_goes_back_and_not_one_bit_changes_outside() {
        Image original = Images.random(60, 40, 3, 9);
        Image edited = Images.filled(10, 10, new Pixel(0, 1, 0, 1));
        Image result =
                NodeRunner.of(PasteBack.class)
                        .with("original", original)
                        .with("edited", edited)
                        .with("left", 20)
                        .with("top", 10)
                        .with("width", 20)
                        .with("height", 20)
                        .with("feather", 4)
                        .run()
                        .image("image");
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 60; x++) {
                boolean isInside = x >= 20 && x < 40 && y >= 10 && y < 30;
                if (!isInside) {
                    assertThat(result.pixel(x, y)).isEqualTo(original.pixel(x, y));
                }
            }
        }
        assertThat(result.pixel(30, 20)).isEqualTo(new Pixel(0, 1, 0, 1));
        assertThat(result.pixel(20, 20)).isNotEqualTo(new Pixel(0, 1, 0, 1));
        assertThatThrownBy(() ->
                        NodeRunner.of(PasteBack.class)
                                .with("original", original)
                                .with("edited", edited)
                                .with("left", 55)
                                .run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("60 x 40");
    }

    @Test
    void words_are_written_in_their_place_and_nowhere_else() {
        Image black = Images.filled(200, 100, new Pixel(0, 0, 0, 1));
        Image written =
                NodeRunner.of(Text.class)
                        .with("image", black)
                        .with("text", "Il")
                        .with("opacity", 1)
                        .with("size", 0.2)
                        .run()
                        .image("image");
        int lower = 0;
        int rest = 0;
        for (int y = 0; y < 100; y++) {
            for (int x = 0; x < 200; x++) {
                if (written.pixel(x, y).red() > 0) {
                    lower += x > 100 && y > 50 ? 1 : 0;
                    rest += x > 100 && y > 50 ? 0 : 1;
                }
            }
        }
        assertThat(lower).isGreaterThan(40);
        assertThat(rest).isZero();
    }

    @Test
    void a_sheet_with_captions_is_higher_and_has_ink_below_its_pictures() {
        Image white = Images.filled(64, 64, new Pixel(1, 1, 1, 1));
        Image plain = NodeRunner.of(Grid.class).with("images", List.of(white, white)).run().image("image");
        Image captioned =
                NodeRunner.of(Grid.class)
                        .with("images", List.of(white, white))
                        .with("captions", List.of("first", "a caption that is far too long for its cell"))
                        .run()
                        .image("image");
        assertThat(captioned.height()).isGreaterThan(plain.height());
        boolean hasInk = false;
        for (int x = 0; x < captioned.width(); x++) {
            for (int y = plain.height(); y < captioned.height(); y++) {
                hasInk |= captioned.pixel(x, y).luminance() < 0.3;
            }
        }
        assertThat(hasInk).isTrue();
    }

    @Test
    void a_cancelled_job_stops_a_filter_within_a_row() {
        assertThatThrownBy(() ->
                        NodeRunner.of(Blur.class).with("image", Images.random(64, 64, 3, 1)).cancelledAfter(0).run())
                .isInstanceOf(CancellationException.class);
    }
}
