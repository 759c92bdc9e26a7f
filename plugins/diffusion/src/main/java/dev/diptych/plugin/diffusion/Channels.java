// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.picture.Pictures;

/// Pictures of networks that work on another number of channels than three.
final class Channels {
    private Channels() {}

    /// The first picture of a batch. One channel is shown as grey, of more than three the first three are.
    ///
    /// @param x (batch, channels, height, width), -1 to 1; what is outside is black or white
    static Image image(Tensor x) {
        return Pictures.image(coloured(x.size(0) == 1 ? x : Slices.samples(x, 0, 1)), 0);
    }

    private static Tensor coloured(Tensor x) {
        return switch (x.size(1)) {
            case 3 -> x;
            case 1, 2 -> {
                Tensor grey = x.size(1) == 1 ? x : Slices.channels(x, 0, 1);
                yield Slices.joinChannels(Slices.joinChannels(grey, grey), grey);
            }
            default -> Slices.channels(x, 0, 3);
        };
    }

    /// A picture with as many channels as a network has.
    ///
    /// @param channels 3, or 1: then its brightness
    /// @return (1, channels, height, width), -1 to 1
    /// @throws NodeException `diffusion/channels` for another number
    static Tensor tensor(Image image, int channels) {
        Tensor coloured = Pictures.tensor(image);
        if (channels == 3) {
            return coloured;
        }
        if (channels != 1) {
            throw NodeException.user(
                    "diffusion/channels",
                    "The network works on %d channels; a picture can be given to one with 1 or 3.",
                    channels);
        }
        int plane = image.width() * image.height();
        float[] values = coloured.floats();
        float[] grey = new float[plane];
        for (int i = 0; i < plane; i++) {
            grey[i] = (float) (0.299 * values[i] + 0.587 * values[plane + i] + 0.114 * values[2 * plane + i]);
        }
        return Tensor.ofFloats(grey, 1, 1, image.height(), image.width());
    }
}
