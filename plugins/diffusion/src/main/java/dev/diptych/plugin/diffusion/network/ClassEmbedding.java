// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;

/// What the input `class_labels` adds to the time embedding: a class, a noise level, or the embedding of a picture.
abstract class ClassEmbedding extends Module {
    static final String KEY = "class_embed_type";
    private static final String INPUT = "class_labels";

    /// (batch, width)
    abstract Symbol of(Inputs inputs);

    /// The kind that a configuration names.
    ///
    /// @param time       how the network makes features of times
    /// @param width      of the time embedding
    /// @param activation between the two linear maps of a noise level's embedding
    static @Nullable ClassEmbedding of(Config config, TimestepProjection time, int width, Activation activation) {
        if (!config.has(KEY)) {
            return config.has("num_class_embeds") ? new Table(config.integer("num_class_embeds"), width) : null;
        }
        config.ignore("num_class_embeds");
        return switch (config.text(KEY)) {
            case "timestep" -> new NoiseLevel(time, width, activation);
            case "identity" -> new AsItIs(width);
            case "projection" -> new Projected(config.integer("projection_class_embeddings_input_dim"), width);
            case "simple_projection" -> new Mapped(config.integer("projection_class_embeddings_input_dim"), width);
            default ->
                    throw config.unsupported(
                            KEY,
                            config.text(KEY)
                                    + " is not implemented; allowed: timestep, identity, projection, simple_projection");
        };
    }

    /// A row of a table for each class.
    private static final class Table extends ClassEmbedding {
        @Named("")
        private final Embedding table;

        Table(int count, int width) {
            table = new Embedding(count, width);
        }

        @Override
        Symbol of(Inputs inputs) {
            return table.of(inputs.rows(INPUT, SymbolType.INT64));
        }
    }

    /// A number, embedded as the time is.
    private static final class NoiseLevel extends ClassEmbedding {
        @Named("")
        private final TimestepEmbedding embedding;

        private final transient TimestepProjection projection;

        NoiseLevel(TimestepProjection projection, int width, Activation activation) {
            embedding = new TimestepEmbedding(projection.width(), width, activation, null, null);
            this.projection = projection;
        }

        @Override
        Symbol of(Inputs inputs) {
            return embedding.of(projection.of(inputs.rows(INPUT, projection.type())));
        }
    }

    /// An embedding of the right width.
    private static final class AsItIs extends ClassEmbedding {
        private final transient int width;

        AsItIs(int width) {
            this.width = width;
        }

        @Override
        Symbol of(Inputs inputs) {
            return inputs.rows(INPUT, width);
        }
    }

    /// A vector, through linear, SiLU, linear.
    private static final class Projected extends ClassEmbedding {
        @Named("")
        private final TimestepEmbedding embedding;

        private final transient int in;

        Projected(int in, int width) {
            embedding = new TimestepEmbedding(in, width);
            this.in = in;
        }

        @Override
        Symbol of(Inputs inputs) {
            return embedding.of(inputs.rows(INPUT, in));
        }
    }

    /// A vector, through one linear map.
    private static final class Mapped extends ClassEmbedding {
        @Named("")
        private final Linear linear;

        private final transient int in;

        Mapped(int in, int width) {
            linear = new Linear(in, width);
            this.in = in;
        }

        @Override
        Symbol of(Inputs inputs) {
            return linear.of(inputs.rows(INPUT, in));
        }
    }
}
