// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// What else is added to the time embedding: a summary of the text, of a picture, of sizes.
abstract class AddedEmbedding extends Module {
    static final String KEY = "addition_embed_type";

    /// @param text (batch, tokens, textWidth), as the call gives it; null if it gives none
    /// @return (batch, width)
    abstract Symbol of(Inputs inputs, @Nullable Symbol text);

    /// Whether it needs the text.
    boolean readsText() {
        return false;
    }

    /// How many channels it puts beside the sample's.
    int channelsBesideSample() {
        return 0;
    }

    /// What stands beside the sample's channels: (batch, channels, height, width); null for nothing.
    @Nullable Symbol besideSample(Inputs inputs, Symbol sample) {
        return null;
    }

    /// The kind that a configuration names; null for none.
    ///
    /// @param textWidth  of the text that a call gives
    /// @param imageWidth of a picture's embedding where a text stands beside it
    /// @param width      of the time embedding
    static @Nullable AddedEmbedding of(Config config, int textWidth, int imageWidth, int width) {
        config.ignore("addition_time_embed_dim", "addition_embed_type_num_heads");
        if (!config.has(KEY)) {
            return null;
        }
        return switch (config.text(KEY)) {
            case "text" -> new Text(textWidth, width, config.integer("addition_embed_type_num_heads", 64));
            case "text_image" -> new TextAndImage(imageWidth, width);
            case "text_time" ->
                    new TextAndSizes(
                            config.integer("projection_class_embeddings_input_dim"),
                            new TimestepProjection.Sinusoidal(
                                    config.integer("addition_time_embed_dim"),
                                    config.flag("flip_sin_to_cos", true),
                                    config.number("freq_shift", 0)),
                            width);
            case "image" -> new Image(config.integer("encoder_hid_dim"), width);
            case "image_hint" -> new ImageAndHint(config.integer("encoder_hid_dim"), width);
            default ->
                    throw config.unsupported(
                            KEY,
                            config.text(KEY)
                                    + " is not implemented; allowed: text, text_image, text_time, image, image_hint");
        };
    }

    /// The text, pooled by attention. DeepFloyd IF.
    private static final class Text extends AddedEmbedding {
        private final LayerNorm norm1;
        private final AttentionPooling pool;
        private final Linear proj;
        private final LayerNorm norm2;

        Text(int textWidth, int width, int heads) {
            norm1 = new LayerNorm(textWidth);
            pool = new AttentionPooling(textWidth, heads);
            proj = new Linear(textWidth, width);
            norm2 = new LayerNorm(width);
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            return norm2.of(proj.of(pool.of(norm1.of(Objects.requireNonNull(text)))));
        }

        @Override
        boolean readsText() {
            return true;
        }
    }

    /// A text's and a picture's embedding. Kandinsky 2.1.
    private static final class TextAndImage extends AddedEmbedding {
        private final Linear textProj;
        private final LayerNorm textNorm;
        private final Linear imageProj;
        private final transient int in;

        TextAndImage(int in, int width) {
            textProj = new Linear(in, width);
            textNorm = new LayerNorm(width);
            imageProj = new Linear(in, width);
            this.in = in;
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            var summary = textNorm.of(textProj.of(inputs.rows("text_embeds", in)));
            return imageProj.of(inputs.rows("image_embeds", in)).plus(summary);
        }
    }

    /// A text's embedding, and sizes and places in pixels. Podell et al., arXiv:2307.01952 (SDXL), section 2.2.
    private static final class TextAndSizes extends AddedEmbedding {
        @Named("")
        private final TimestepEmbedding embedding;

        private final transient TimestepProjection projection;
        private final transient int in;

        TextAndSizes(int in, TimestepProjection projection, int width) {
            embedding = new TimestepEmbedding(in, width);
            this.projection = projection;
            this.in = in;
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            var count = inputs.size("time_ids");
            var numbers = inputs.rows("time_ids", SymbolType.FLOAT32, count);
            var summary = inputs.rows("text_embeds", count.times(-projection.width()).plus(in));
            var batch = numbers.size(0);
            var features = projection.of(numbers.reshape(batch.times(count))); // (batch · count, features)
            var sizes = features.reshape(batch, count.times(projection.width()));
            return embedding.of(Symbol.concatenate(1, summary, sizes));
        }
    }

    /// A picture's embedding. Kandinsky 2.2.
    private static class Image extends AddedEmbedding {
        private final Linear imageProj;
        private final LayerNorm imageNorm;
        private final transient int in;

        Image(int in, int width) {
            imageProj = new Linear(in, width);
            imageNorm = new LayerNorm(width);
            this.in = in;
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            return imageNorm.of(imageProj.of(inputs.rows("image_embeds", in)));
        }
    }

    /// A picture's embedding, and a depth map or the like at eight times the resolution, which joins the sample. Kandinsky 2.2's ControlNet.
    private static final class ImageAndHint extends Image {
        private static final int FACTOR = 8;
        private static final int CHANNELS = 4;

        private final Map<Integer, Conv2d> inputHintBlock = new LinkedHashMap<>();

        ImageAndHint(int in, int width) {
            super(in, width);
            inputHintBlock.put(0, new Conv2d(3, 16, 3));
            inputHintBlock.put(2, new Conv2d(16, 16, 3));
            inputHintBlock.put(4, new Conv2d(16, 32, 3, 2, 1));
            inputHintBlock.put(6, new Conv2d(32, 32, 3));
            inputHintBlock.put(8, new Conv2d(32, 96, 3, 2, 1));
            inputHintBlock.put(10, new Conv2d(96, 96, 3));
            inputHintBlock.put(12, new Conv2d(96, 256, 3, 2, 1));
            inputHintBlock.put(14, new Conv2d(256, CHANNELS, 3));
        }

        @Override
        int channelsBesideSample() {
            return CHANNELS;
        }

        @Override
        Symbol besideSample(Inputs inputs, Symbol sample) {
            var x = inputs.rows("hint", 3, sample.size(2).times(FACTOR), sample.size(3).times(FACTOR));
            for (int i = 0; i < inputHintBlock.size(); i++) {
                x = Objects.requireNonNull(inputHintBlock.get(2 * i)).of(i == 0 ? x : x.silu());
            }
            return x;
        }
    }
}
