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
import dev.diptych.api.value.Seed;

import org.pf4j.Extension;

import java.util.SplittableRandom;

/// A picture with noise.
@Extension
@NodeType(
        id = "image/noise",
        title = "Noise",
        group = "Image/Filter",
        description = "Adds noise: the same for the same seed.")
public final class Noise implements Node<Noise.In, Noise.Out> {
    /// How the noise is spread.
    public enum Distribution {
        GAUSSIAN,
        UNIFORM
    }

    public record In(
            @Help("Picture to add noise to") Image image,
            @Help("Which noise") @Default("0") Seed seed,
            @Help("Standard deviation; 1 is the distance from black to white")
                    @Range(min = 0, max = 1, step = 0.01)
                    @Default("0.1")
                    double amount,
            @Help("Gaussian like film and sensors, or uniform") @Default("gaussian") Distribution distribution,
            @Help("The same for all three colours: light varies, colour does not") @Default("false")
                    boolean monochrome) {}

    public record Out(Image image) {}

    private static final double UNIFORM_WIDTH = Math.sqrt(12);

    @Override
    public Out run(In in, NodeContext context) {
        SplittableRandom random = new SplittableRandom(in.seed().value());
        return new Out(
                in.image()
                        .mapPixels((pixel, x, y) -> {
                            double red = sample(in, random);
                            double green = in.monochrome() ? red : sample(in, random);
                            double blue = in.monochrome() ? red : sample(in, random);
                            return new Pixel(
                                    pixel.red() + red, pixel.green() + green, pixel.blue() + blue, pixel.alpha());
                        }));
    }

    private static double sample(In in, SplittableRandom random) {
        return in.amount()
                * (in.distribution() == Distribution.GAUSSIAN
                        ? random.nextGaussian()
                        : (random.nextDouble() - 0.5) * UNIFORM_WIDTH);
    }
}
