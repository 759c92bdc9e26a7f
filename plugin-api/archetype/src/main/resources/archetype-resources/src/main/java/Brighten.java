package ${package};

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

import java.util.Optional;

/// Makes a picture brighter. The two records are the node's schema: what they say is checked, documented and drawn by the server.
@Extension
@NodeType(
        id = "${artifactId}/brighten",
        title = "Brighten",
        group = "Image/Light",
        description = "Makes a picture brighter, everywhere or where a mask says so.")
public final class Brighten implements Node<Brighten.In, Brighten.Out> {

    public record In(
            @Help("Picture to make brighter") Image image,
            @Help("0 leaves it as it is, 1 makes it white") @Range(min = 0, max = 1, step = 0.01) @Default("0.5") double strength,
            @Help("Where to do it, of the picture's size; everywhere if left open") Optional<Mask> where) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        in.where().ifPresent(mask -> checkSize(image, mask));
        return new Out(image.mapPixels((pixel, x, y) -> {
            double share = in.strength() * in.where().map(mask -> mask.coverage(x, y)).orElse(1.0);
            return pixel.mixed(new Pixel(1, 1, 1, pixel.alpha()), share);
        }));
    }

    private static void checkSize(Image image, Mask mask) {
        if (mask.width() != image.width() || mask.height() != image.height()) {
            throw NodeException.user(
                            "${artifactId}/other-size",
                            "The mask has %d x %d pixels, the picture %d x %d.",
                            mask.width(),
                            mask.height(),
                            image.width(),
                            image.height())
                    .next("Make the mask from the picture that it is for.");
        }
    }
}
