// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

/// How far two pictures are apart.
@Extension
@NodeType(
        id = "image/compare",
        title = "Compare",
        group = "Image/Measure",
        description = "Measures the difference of two pictures of one size, and draws it.")
public final class Compare implements Node<Compare.In, Compare.Out> {
    /// Beyond what 8 bits can differ: what equal pictures get, because infinity is no number in JSON.
    private static final double EQUAL_DECIBELS = 100;

    public record In(
            @Help("One picture") Image before,
            @Help("The other, of the same size") Image after,
            @Help("How strongly the difference is drawn") @Range(min = 1, max = 64, step = 1) @Default("4")
                    double gain) {}

    /// @param difference the absolute difference of each channel, times the gain
    /// @param psnr       peak signal-to-noise ratio in decibels; 100 when the pictures are equal
    /// @param ssim       structural similarity of the brightness, 1 when equal (Wang et al., 2004)
    public record Out(Image difference, double psnr, double ssim) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image before = in.before();
        Image after = in.after();
        Sizes.requireSame("before", before.width(), before.height(), "after", after);
        Image difference =
                Image.generated(
                        before.width(),
                        before.height(),
                        3,
                        (x, y) -> {
                            Pixel a = before.pixel(x, y);
                            Pixel b = after.pixel(x, y);
                            return new Pixel(
                                    Math.abs(a.red() - b.red()) * in.gain(),
                                    Math.abs(a.green() - b.green()) * in.gain(),
                                    Math.abs(a.blue() - b.blue()) * in.gain());
                        });
        return new Out(
                difference,
                psnr(before, after, context),
                StructuralSimilarity.of(before, after, context::checkCancelled));
    }

    private static double psnr(Image before, Image after, NodeContext context) {
        double squares = 0;
        for (int y = 0; y < before.height(); y++) {
            context.checkCancelled();
            for (int x = 0; x < before.width(); x++) {
                Pixel a = before.pixel(x, y);
                Pixel b = after.pixel(x, y);
                squares +=
                        Math.pow(a.red() - b.red(), 2)
                                + Math.pow(a.green() - b.green(), 2)
                                + Math.pow(a.blue() - b.blue(), 2);
            }
        }
        double mean = squares / (3.0 * before.width() * before.height());
        return mean == 0 ? EQUAL_DECIBELS : Math.min(EQUAL_DECIBELS, -10 * Math.log10(mean));
    }
}
