// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.picture.Pictures;

import java.util.Optional;

/// The size that a picture is worked on at: as wished, or else its own, made a little smaller where it does not divide. As diffusers' `VaeImageProcessor`.
///
/// @param width  in pixels
/// @param height in pixels
record Sizes(int width, int height) {
    static Sizes of(Image image, Optional<Integer> width, Optional<Integer> height, LatentDiffusion diffusion) {
        return new Sizes(
                width.orElseGet(() -> divisible("width", image.width(), diffusion.factor())),
                height.orElseGet(() -> divisible("height", image.height(), diffusion.factor())));
    }

    private static int divisible(String side, int pixels, int factor) {
        if (pixels < factor) {
            throw NodeException.user(
                            "latent/too-small", "The picture's %s is %d; %d pixels are needed.", side, pixels, factor)
                    .next("Make it larger (image/resize).");
        }
        return pixels - pixels % factor;
    }

    /// @return (1, 3, height, width), -1 to 1
    Tensor picture(Image image, NodeContext context) {
        return Pictures.tensor(Resampling.LANCZOS.resize(image, width, height, context::checkCancelled));
    }

    PaintMask mask(Mask mask, NodeContext context) {
        Image grey = Resampling.LANCZOS.resize(grey(mask), width, height, context::checkCancelled);
        float[] coverage = new float[width * height];
        for (int i = 0; i < coverage.length; i++) {
            coverage[i] = (grey.bytes()[3 * i] & 255) / 255f;
        }
        return PaintMask.binarized(Tensor.ofFloats(coverage, 1, 1, height, width));
    }

    private static Image grey(Mask mask) {
        byte[] bytes = new byte[3 * mask.bytes().length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = mask.bytes()[i / 3];
        }
        return Image.ofBytes(mask.width(), mask.height(), 3, bytes);
    }

    /// @throws NodeException `latent/mask-size` if they differ
    static void requireSame(Image image, Mask mask) {
        if (image.width() != mask.width() || image.height() != mask.height()) {
            throw NodeException.user(
                            "latent/mask-size",
                            "The mask has %d x %d pixels, the picture %d x %d.",
                            mask.width(),
                            mask.height(),
                            image.width(),
                            image.height())
                    .next("Make the mask from this picture, or resize the picture first (image/resize).");
        }
    }
}
