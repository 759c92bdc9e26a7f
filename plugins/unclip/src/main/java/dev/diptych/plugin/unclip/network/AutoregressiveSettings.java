// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Config;

/// What the configuration of an autoregressive prior says.
///
/// @param textWidth      of the caption's states
/// @param textLength     how many states a caption has, padding included
/// @param embeddingWidth E, of the caption's and the picture's embedding
/// @param dimensions     D, how many principal components have a code
/// @param buckets        K, how many values a code has
/// @param dotBuckets     M, how many values the token of z_i · z_t has
record AutoregressiveSettings(
        int width,
        int depth,
        int heads,
        int textWidth,
        int textLength,
        int embeddingWidth,
        int dimensions,
        int buckets,
        int dotBuckets) {
    static AutoregressiveSettings of(Config config) {
        AutoregressiveSettings settings =
                new AutoregressiveSettings(
                        positive(config, "width"),
                        positive(config, "depth"),
                        positive(config, "heads"),
                        positive(config, "text_width"),
                        positive(config, "text_length"),
                        positive(config, "embedding_width"),
                        positive(config, "dimensions"),
                        positive(config, "buckets"),
                        positive(config, "dot_buckets"));
        if (settings.width % settings.heads != 0) {
            throw config.unsupported("heads", settings.width + " features have no " + settings.heads + " equal heads");
        }
        if (settings.dimensions > settings.embeddingWidth) {
            throw config.unsupported(
                    "dimensions",
                    "an embedding of "
                            + settings.embeddingWidth
                            + " numbers has no "
                            + settings.dimensions
                            + " principal components");
        }
        return settings;
    }

    private static int positive(Config config, String key) {
        int value = config.integer(key);
        if (value < 1) {
            throw config.unsupported(key, value + " is below 1");
        }
        return value;
    }

    /// How many tokens come before the codes: the caption's states, its embedding, the token of z_i · z_t.
    int told() {
        return textLength + 2;
    }

    int tokens() {
        return told() + dimensions;
    }
}
