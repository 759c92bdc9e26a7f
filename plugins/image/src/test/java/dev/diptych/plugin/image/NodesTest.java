// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.testkit.Images;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.concurrent.CancellationException;

class NodesTest {
    private final Image noise = Images.random(13, 7, 4, 1);

    @Test
    void a_colour_is_written_with_or_without_alpha() {
        Image opaque = fill("#ff8000");
        Image half = fill("#ff800080");

        assertThat(opaque.hasAlpha()).isFalse();
        assertThat(half.pixel(0, 0).alpha()).isEqualTo(128 / 255.0);
        assertThatThrownBy(() -> fill("orange")).isInstanceOf(NodeException.class).hasMessageContaining("orange");
    }

    private static Image fill(String color) {
        return NodeRunner.of(Filled.class).with("width", 2).with("height", 2).with("color", color).run().image("image");
    }

    @Test
    void a_gradient_goes_from_one_colour_to_the_other() {
        Image gradient =
                NodeRunner.of(Gradient.class)
                        .with("width", 64)
                        .with("height", 4)
                        .with("from", "#000000")
                        .with("to", "#ff0000")
                        .with("direction", "right")
                        .run()
                        .image("image");

        assertThat(gradient.width()).isEqualTo(64);
        for (int x = 1; x < 64; x++) {
            assertThat(gradient.pixel(x, 2).red()).isGreaterThanOrEqualTo(gradient.pixel(x - 1, 2).red());
        }
        assertThat(gradient.pixel(0, 0).red()).isLessThan(0.1);
        assertThat(gradient.pixel(63, 3).red()).isGreaterThan(0.9);
        assertThat(gradient.pixel(63, 3).green()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Flip.Axis.class)
    void flipping_twice_changes_nothing(Flip.Axis axis) {
        String word = axis.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        Image once = NodeRunner.of(Flip.class).with("image", noise).with("axis", word).run().image("image");
        Image twice = NodeRunner.of(Flip.class).with("image", once).with("axis", word).run().image("image");

        assertThat(once).isNotEqualTo(noise);
        assertThat(twice).isEqualTo(noise);
    }

    @Test
    void a_turn_to_the_right_and_one_to_the_left_cancel_out() {
        Image right = NodeRunner.of(Rotate.class).with("image", noise).run().image("image");
        Image back = NodeRunner.of(Rotate.class).with("image", right).with("turn", "left").run().image("image");

        assertThat(right.pixel(noise.height() - 1, 0)).isEqualTo(noise.pixel(0, 0));
        assertThat(back).isEqualTo(noise);
    }

    @Test
    void a_crop_holds_the_pixels_of_its_rectangle_and_refuses_to_leave_the_picture() {
        NodeRunner crop =
                NodeRunner.of(Crop.class).with("image", noise).with("left", 3).with("top", 2).with("width", 4);

        assertThat(crop.with("height", 5).run().image("image").pixel(1, 1)).isEqualTo(noise.pixel(4, 3));
        assertThatThrownBy(() -> crop.with("height", 6).run()).hasMessageContaining("13 x 7");
    }

    @Test
    void a_square_says_what_it_left_out() {
        NodeResult square = NodeRunner.of(CropSquare.class).with("image", noise).run();

        assertThat(square.image("image").width()).isEqualTo(7);
        assertThat(square.image("image").pixel(0, 0)).isEqualTo(noise.pixel(3, 0));
        assertThat(square.text("note")).isEqualTo("Left out: 3 pixels at the left, 3 at the right.");
    }

    @Test
    void an_ellipse_covers_pi_quarters_of_its_box() {
        Mask mask =
                NodeRunner.of(ShapeMask.class)
                        .with("image", Images.white(100, 100))
                        .with("width", 1)
                        .with("height", 1)
                        .run()
                        .mask("mask");
        double covered = 0;
        for (byte value : mask.bytes()) {
            covered += (value & 255) / 255.0;
        }

        assertThat(covered / 10_000).isBetween(Math.PI / 4 - 0.005, Math.PI / 4 + 0.005);
    }

    @Test
    void inverting_a_mask_twice_changes_nothing() {
        Mask mask = Mask.ofBytes(2, 2, new byte[] {0, 100, (byte) 200, (byte) 255});
        Mask once = NodeRunner.of(InvertMask.class).with("mask", mask).run().mask("mask");

        assertThat(once.coverage(0, 0)).isEqualTo(1);
        assertThat(NodeRunner.of(InvertMask.class).with("mask", once).run().mask("mask")).isEqualTo(mask);
    }

    @Test
    void brightness_above_the_threshold_is_selected() {
        Mask mask =
                NodeRunner.of(ThresholdMask.class)
                        .with("image", Images.gradient(11, 1))
                        .with("threshold", 0.55)
                        .run()
                        .mask("mask");

        assertThat(mask.coverage(5, 0)).isZero();
        assertThat(mask.coverage(6, 0)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(BlendMode.class)
    void an_upper_picture_of_no_opacity_leaves_the_lower_as_it_is(BlendMode mode) {
        Pixel below = new Pixel(0.2, 0.4, 0.6, 0.5);

        Pixel result = mode.over(below, Pixel.WHITE, 0);

        assertThat(result.red()).isEqualTo(0.2, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(result.alpha()).isEqualTo(0.5);
    }

    @Test
    void blend_modes_follow_their_formulas() {
        Pixel below = new Pixel(0.2, 0.5, 0.8);
        Pixel above = new Pixel(0.5, 0.5, 0.5);

        assertThat(BlendMode.MULTIPLY.over(below, above, 1).red()).isEqualTo(0.1);
        assertThat(BlendMode.SCREEN.over(below, above, 1).red()).isEqualTo(0.6);
        assertThat(BlendMode.DIFFERENCE.over(below, above, 1).blue())
                .isEqualTo(0.3, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(BlendMode.NORMAL.over(below, above, 0.5).red()).isEqualTo(0.35);
    }

    @Test
    void a_composite_lies_at_its_place_and_is_cut_off_outside() {
        Image result =
                NodeRunner.of(Composite.class)
                        .with("below", Images.filled(4, 4, Pixel.BLACK))
                        .with("above", Images.white(4, 4))
                        .with("left", 2)
                        .with("top", -3)
                        .run()
                        .image("image");

        assertThat(result.pixel(2, 0)).isEqualTo(Pixel.WHITE);
        assertThat(result.pixel(1, 0)).isEqualTo(Pixel.BLACK);
        assertThat(result.pixel(2, 1)).isEqualTo(Pixel.BLACK);
    }

    @Test
    void a_mask_of_another_size_is_refused_with_both_sizes() {
        NodeRunner composite =
                NodeRunner.of(Composite.class)
                        .with("below", Images.white(4, 4))
                        .with("above", Images.white(4, 4))
                        .with("mask", Mask.ofBytes(1, 1, new byte[1]));

        assertThatThrownBy(composite::run).hasMessageContaining("1 x 1").hasMessageContaining("4 x 4");
    }

    @Test
    void the_defaults_of_an_adjustment_change_nothing() {
        assertThat(NodeRunner.of(Adjust.class).with("image", noise).run().image("image")).isEqualTo(noise);
    }

    @Test
    void a_grid_has_a_cell_for_each_picture_and_reports_its_progress() {
        NodeResult grid =
                NodeRunner.of(Grid.class)
                        .with("images", List.of(Images.filled(9, 9, Pixel.BLACK), noise, noise))
                        .with("columns", 2)
                        .with("cell", 16)
                        .with("gap", 2)
                        .run();

        assertThat(grid.image("image").width()).isEqualTo(2 * 18 + 2);
        assertThat(grid.image("image").height()).isEqualTo(2 * 18 + 2);
        assertThat(grid.image("image").pixel(10, 10)).isEqualTo(Pixel.BLACK);
        assertThat(grid.image("image").pixel(0, 0)).isEqualTo(Pixel.WHITE);
        assertThat(grid.progress()).hasSize(3).isSorted();
    }

    @Test
    void a_grid_ends_at_the_next_picture_when_it_is_cancelled() {
        NodeRunner grid = NodeRunner.of(Grid.class).with("images", List.of(noise, noise)).cancelledAfter(1);

        assertThatThrownBy(grid::run).isInstanceOf(CancellationException.class);
    }

    @Test
    void psnr_is_that_of_the_formula() {
        NodeResult compared =
                NodeRunner.of(Compare.class)
                        .with("before", Images.filled(8, 8, new Pixel(0, 0, 0)))
                        .with("after", Images.filled(8, 8, new Pixel(51 / 255.0, 51 / 255.0, 51 / 255.0)))
                        .run();

        assertThat(compared.number("psnr"))
                .isEqualTo(-20 * Math.log10(0.2), org.assertj.core.api.Assertions.within(1e-9));
        assertThat(compared.number("ssim")).isLessThan(0.1);
        assertThat(compared.image("difference").pixel(3, 3).red()).isEqualTo(204 / 255.0);
    }

    @Test
    void ssim_is_that_of_the_reference() {
        Image before = Image.generated(48, 40, 3, (x, y) -> grey((x * 7 + y * 13) % 256));
        Image after = Image.generated(48, 40, 3, (x, y) -> grey((x * 7 + y * 13 + (x * y) % 11 * 5) % 256));

        NodeResult compared = NodeRunner.of(Compare.class).with("before", before).with("after", after).run();

        // 11 x 11 Gaussian windows within the picture, in numpy
        assertThat(compared.number("ssim")).isEqualTo(0.46247005, org.assertj.core.api.Assertions.within(1e-6));
    }

    private static Pixel grey(int value) {
        return new Pixel(value / 255.0, value / 255.0, value / 255.0);
    }

    @Test
    void a_size_that_nothing_could_hold_is_refused() {
        assertThatThrownBy(() ->
                        NodeRunner.of(Resize.class)
                                .with("image", Images.filled(4, 4, new Pixel(0, 0, 0)))
                                .with("width", 16384)
                                .with("height", 16384)
                                .run())
                .hasMessageContaining("16384 x 16384 pixels");
        assertThatThrownBy(() ->
                        NodeRunner.of(Resize.class)
                                .with("image", Images.filled(1, 8192, new Pixel(0, 0, 0)))
                                .with("width", 16384)
                                .run())
                .hasMessageContaining("at most 64 million");
    }
}
