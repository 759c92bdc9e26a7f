// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Watcher;

import java.util.List;

/// Progress, cancellation, and previews: the first latent of the batch, made smaller and decoded. Decoding is not cheap beside a step, so that the next preview
/// waits ten times as long as the last one took.
final class LatentWatcher implements Watcher {
    private static final int LARGEST_SIDE = 32;
    private static final int PATIENCE = 10;

    private final NodeContext context;
    private final Autoencoder autoencoder;
    private long waitsUntilNanos = Long.MIN_VALUE;
    private boolean hasShown;

    LatentWatcher(NodeContext context, Autoencoder autoencoder) {
        this.context = context;
        this.autoencoder = autoencoder;
    }

    @Override
    public <T> Iterable<T> each(List<T> turns) {
        return context.each(turns);
    }

    @Override
    public void show(Tensor denoised) {
        if (hasShown && System.nanoTime() - waitsUntilNanos < 0) {
            return;
        }
        context.preview(() -> {
            long begun = System.nanoTime();
            Tensor small = smaller(Slices.samples(denoised, 0, 1));
            var picture = Pictures.image(autoencoder.decode(small), 0);
            long ended = System.nanoTime();
            waitsUntilNanos = ended + PATIENCE * (ended - begun);
            hasShown = true;
            return picture;
        });
    }

    /// Means of squares of pixels, so that neither side is longer than what a preview needs.
    static Tensor smaller(Tensor latent) {
        int height = latent.size(2);
        int width = latent.size(3);
        int square = (Math.max(height, width) + LARGEST_SIDE - 1) / LARGEST_SIDE;
        if (square == 1) {
            return latent;
        }
        int newHeight = Math.max(1, height / square);
        int newWidth = Math.max(1, width / square);
        int planes = latent.size(0) * latent.size(1);
        float[] from = latent.floats();
        float[] to = new float[planes * newHeight * newWidth];
        for (int plane = 0; plane < planes; plane++) {
            for (int y = 0; y < newHeight; y++) {
                for (int x = 0; x < newWidth; x++) {
                    to[(plane * newHeight + y) * newWidth + x] =
                            mean(from, plane * height * width, width, height, x * square, y * square, square);
                }
            }
        }
        return Tensor.ofFloats(to, latent.size(0), latent.size(1), newHeight, newWidth);
    }

    private static float mean(float[] from, int start, int width, int height, int left, int top, int square) {
        int right = Math.min(left + square, width);
        int bottom = Math.min(top + square, height);
        double sum = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                sum += from[start + y * width + x];
            }
        }
        return (float) (sum / ((right - left) * (bottom - top)));
    }
}
