// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// Pictures to vectors: square patches and one class token through a transformer; the picture's vector is that of the class token.
/// Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv:2010.11929, with a norm in front.
final class ClipVisionTower extends Module {
    private final Embeddings embeddings;
    private final LayerNorm preLayrnorm;
    private final ClipEncoder encoder;
    private final LayerNorm postLayernorm;

    ClipVisionTower(Settings settings) {
        embeddings = new Embeddings(settings);
        preLayrnorm = settings.layers().norm();
        encoder = new ClipEncoder(settings.layers());
        postLayernorm = settings.layers().norm();
    }

    /// @param pixels (batch, channels, side, side), normalised as the checkpoint's preprocessor says
    States of(Symbol pixels) {
        Symbol x = preLayrnorm.of(embeddings.of(pixels)); // (batch, 1 + patches, width)
        List<Symbol> hidden = encoder.of(x, null, false);
        return new States(hidden, postLayernorm.of(hidden.getLast().select(1, 0)));
    }

    /// What the tower gives.
    ///
    /// @param hidden what enters the first layer and leaves each, (batch, 1 + patches, width); no norm follows
    /// @param pooled the class token's last state after the norm, (batch, width)
    record States(List<Symbol> hidden, Symbol pooled) {}

    /// What the tower's configuration says.
    record Settings(ClipEncoder.Settings layers, int channels, int side, int patch, int projection) {
        static Settings of(Config config) {
            return new Settings(
                    ClipEncoder.Settings.of(config, 768, 3072, 12),
                    config.integer("num_channels", 3),
                    config.integer("image_size", 224),
                    config.integer("patch_size", 32),
                    config.integer("projection_dim", 512));
        }
    }

    private static final class Embeddings extends Module {
        private final Parameter classEmbedding;
        private final Conv2d patchEmbedding;
        private final Embedding positionEmbedding;

        Embeddings(Settings settings) {
            int width = settings.layers.width();
            int patch = settings.patch;
            int patches = (settings.side / patch) * (settings.side / patch);
            classEmbedding = new Parameter(width);
            patchEmbedding =
                    new Conv2d(
                            settings.channels,
                            width,
                            new int[] {patch, patch},
                            new int[] {patch, patch},
                            new int[] {0, 0},
                            new int[] {1, 1},
                            1,
                            false);
            positionEmbedding = new Embedding(1 + patches, width);
        }

        Symbol of(Symbol pixels) { // (batch, channels, side, side)
            Symbol patches = patchEmbedding.of(pixels).flatten(2, 3).transpose(1, 2); // (batch, patches, width)
            Symbol first = pixels.of(classEmbedding).expand(patches.size(0), 1, patches.size(2));
            return Symbol.concatenate(1, first, patches).plus(positionEmbedding.table()); // (batch, 1 + patches, width)
        }
    }
}
