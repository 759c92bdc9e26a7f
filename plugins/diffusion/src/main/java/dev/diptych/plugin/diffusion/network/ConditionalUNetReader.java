// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Makes a [ConditionalUNet] of a configuration of `UNet2DConditionModel`.
final class ConditionalUNetReader {
    private static final String MID_BLOCK = "mid_block_type";
    private static final String MID_ONLY_TEXT = "mid_block_only_cross_attention";
    private static final String GROUPS = "norm_num_groups";

    private final Config config;
    private final List<Integer> channels;
    private final List<Integer> textWidths;
    private final List<Level> down;
    private final List<Level> up;
    private final @Nullable Level mid;
    private final Activation activation;
    private final @Nullable Integer groups;

    ConditionalUNetReader(Config config) {
        this.config = config;
        config.ignore("sample_size", "dropout").only("attention_type", "default").only("dual_cross_attention", false);
        List<String> downTypes =
                config.texts(
                        "down_block_types",
                        List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"));
        List<String> upTypes =
                config.texts(
                        "up_block_types",
                        List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"));
        channels = config.integers("block_out_channels", List.of(320, 640, 1280, 1280));
        int count = Level.count(config, channels, downTypes, upTypes);
        textWidths = config.integersFor("cross_attention_dim", count, 1280);
        activation = Activations.of(config, "act_fn");
        groups = config.isNull(GROUPS) ? null : (Integer) config.integer(GROUPS, 32);

        // The published name is a misnomer: for transformers it is the number of heads, for the other attentions the
        // channels of one.
        List<Integer> headDims = config.integersFor("attention_head_dim", count, 8);
        List<Integer> heads =
                config.has("num_attention_heads") ? config.integersFor("num_attention_heads", count, 8) : headDims;
        List<Integer> layers = config.integersFor("layers_per_block", count, 2);
        List<Boolean> onlyText = config.flagsFor("only_cross_attention", count, false);
        TransformerDepths depths = new TransformerDepths(config, count);
        down = new ArrayList<>();
        up = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int j = count - 1 - i;
            BlockType downType =
                    typed(BlockType.down(config, "down_block_types", downTypes.get(i)), "down_block_types");
            BlockType upType = typed(BlockType.up(config, "up_block_types", upTypes.get(i)), "up_block_types");
            down.add(
                    new Level(
                            downType,
                            channels.get(i),
                            layers.get(i),
                            heads.get(i),
                            headDims.get(i),
                            downType == BlockType.TRANSFORMER ? depths.down(i, layers.get(i)) : List.of(),
                            textWidths.get(i),
                            onlyText.get(i)));
            up.add(
                    new Level(
                            upType,
                            channels.get(j),
                            layers.get(j) + 1,
                            heads.get(j),
                            headDims.get(i), // the reference does not turn this list around
                            upType == BlockType.TRANSFORMER ? depths.up(i, layers.get(j) + 1) : List.of(),
                            textWidths.get(j),
                            onlyText.get(j)));
        }
        mid = midLevel(heads.getLast(), headDims.getLast(), depths);
    }

    private BlockType typed(BlockType type, String key) {
        return switch (type) {
            case SKIP, ATTENTION_SKIP ->
                    throw config.unsupported(key, "blocks with a picture beside the U are no part of this class");
            case ADAPTIVE, ADAPTIVE_TEXT -> type;
            case PLAIN, RESIDUAL, ATTENTION, TRANSFORMER, TEXT_AND_PICTURE -> {
                if (groups == null) {
                    throw config.unsupported(GROUPS, "null is implemented for K blocks alone");
                }
                yield type;
            }
        };
    }

    private @Nullable Level midLevel(int heads, int headDim, TransformerDepths depths) {
        boolean isOnlyText =
                config.has(MID_ONLY_TEXT)
                        ? config.flag(MID_ONLY_TEXT, false)
                        : config.value("only_cross_attention") instanceof Boolean flag && flag;
        if (config.isNull(MID_BLOCK)) {
            return null;
        }
        String name = config.text(MID_BLOCK, "UNetMidBlock2DCrossAttn");
        BlockType type =
                switch (name) {
                    case "UNetMidBlock2DCrossAttn" -> BlockType.TRANSFORMER;
                    case "UNetMidBlock2DSimpleCrossAttn" -> BlockType.TEXT_AND_PICTURE;
                    case "UNetMidBlock2D" -> BlockType.PLAIN;
                    default ->
                            throw config.unsupported(
                                    MID_BLOCK,
                                    name
                                            + " is not implemented; allowed: UNetMidBlock2DCrossAttn,"
                                            + " UNetMidBlock2DSimpleCrossAttn, UNetMidBlock2D, null");
                };
        return new Level(
                type,
                channels.getLast(),
                type == BlockType.PLAIN ? 1 : 2,
                heads,
                headDim,
                type == BlockType.TRANSFORMER ? List.of(depths.mid()) : List.of(),
                textWidths.getLast(),
                type == BlockType.TEXT_AND_PICTURE && isOnlyText);
    }

    ConditionalUNet read() {
        TimestepProjection time = timeProjection();
        int width = embeddingWidth();
        boolean concatenatesClass = config.flag("class_embeddings_concat", false);
        Blocks blocks = blocks(concatenatesClass ? 2 * width : width);
        int textWidth = attending().map(Level::textWidth).findFirst().orElse(textWidths.getFirst());
        int givenWidth = config.integer("encoder_hid_dim", textWidth);
        TextProjection projection = TextProjection.of(config, textWidth);
        AddedEmbedding added = AddedEmbedding.of(config, givenWidth, textWidth, width);
        boolean isTextRead = projection == null ? attending().findAny().isPresent() : projection.readsText();
        Integer conditionWidth =
                config.has("time_cond_proj_dim") ? (Integer) config.integer("time_cond_proj_dim") : null;
        ClassEmbedding classEmbedding = ClassEmbedding.of(config, time, width, activation);
        config.ignore("projection_class_embeddings_input_dim");
        return new ConditionalUNet(
                time,
                new TimestepEmbedding(
                        time.width(),
                        width,
                        activation,
                        Activations.ofOrNone(config, "timestep_post_act"),
                        conditionWidth),
                classEmbedding,
                added,
                projection,
                unet(blocks),
                new ConditionalUNet.Traits(
                        config.integer("in_channels", 4) - (added == null ? 0 : added.channelsBesideSample()),
                        blocks.sizeMultiple(up),
                        config.flag("center_input_sample", false),
                        conditionWidth,
                        concatenatesClass,
                        Activations.ofOrNone(config, "time_embedding_act_fn"),
                        isTextRead || added != null && added.readsText() ? (Integer) givenWidth : null,
                        attending().findAny().isPresent(),
                        attending().findAny().isPresent()
                                && attending().allMatch(ConditionalUNetReader::looksAtTextFirst)));
    }

    /// The levels with attention.
    private Stream<Level> attending() {
        return Stream.of(down, mid == null ? List.<Level>of() : List.of(mid), up)
                .flatMap(List::stream)
                .filter(level -> level.type().readsText());
    }

    /// Whether even the first attention of a block takes a mask of the text.
    private static boolean looksAtTextFirst(Level level) {
        return level.type() == BlockType.TEXT_AND_PICTURE || level.type() == BlockType.TRANSFORMER && level.onlyText();
    }

    private int embeddingWidth() {
        boolean isFourier = config.text("time_embedding_type", "positional").equals("fourier");
        return config.integer("time_embedding_dim", channels.getFirst() * (isFourier ? 2 : 4));
    }

    private TimestepProjection timeProjection() {
        boolean flips = config.flag("flip_sin_to_cos", true);
        double shift = config.number("freq_shift", 0);
        config.only("time_embedding_type", "positional", "fourier");
        return config.text("time_embedding_type", "positional").equals("fourier")
                ? new TimestepProjection.Fourier(embeddingWidth(), flips, false)
                : new TimestepProjection.Sinusoidal(channels.getFirst(), flips, shift);
    }

    private Blocks blocks(int embeddingWidth) {
        config.only("resnet_time_scale_shift", "default", "scale_shift")
                .only("cross_attention_norm", "layer_norm", "group_norm");
        var resnet =
                new ResnetBlock.Settings(
                        embeddingWidth,
                        groups,
                        config.number("norm_eps", 1e-5),
                        activation,
                        config.text("resnet_time_scale_shift", "default").equals("scale_shift"),
                        false,
                        1);
        return new Blocks(
                resnet,
                resnet.withSkippedActivation(config.flag("resnet_skip_time_act", false))
                        .withOutputScale(config.number("resnet_out_scale_factor", 1)),
                config.flag("use_linear_projection", false),
                config.flag("upcast_attention", false),
                config.has("cross_attention_norm") ? config.text("cross_attention_norm") : null,
                config.integer("downsample_padding", 1),
                false,
                false);
    }

    private UNet unet(Blocks blocks) {
        List<DownBlock> downBlocks = new ArrayList<>();
        List<UpBlock> upBlocks = new ArrayList<>();
        int last = down.size() - 1;
        int in = channels.getFirst();
        for (int i = 0; i <= last; i++) {
            downBlocks.add(blocks.down(down.get(i), in, i < last));
            in = channels.get(i);
        }
        for (int i = 0; i <= last; i++) {
            int next = channels.get(Math.max(last - i - 1, 0));
            upBlocks.add(blocks.up(up.get(i), in, next, i < last));
            in = up.get(i).channels();
        }
        return new UNet(
                convolution(config.integer("in_channels", 4), channels.getFirst(), "conv_in_kernel"),
                null,
                downBlocks,
                midBlock(blocks),
                upBlocks,
                groups == null ? null : new GroupNorm(groups, channels.getFirst(), config.number("norm_eps", 1e-5)),
                activation,
                convolution(channels.getFirst(), config.integer("out_channels", 4), "conv_out_kernel"));
    }

    private Conv2d convolution(int in, int out, String kernelKey) {
        int kernel = config.integer(kernelKey, 3);
        return new Conv2d(in, out, kernel, 1, (kernel - 1) / 2);
    }

    private @Nullable Layer midBlock(Blocks blocks) {
        double scale = config.number("mid_block_scale_factor", 1);
        if (mid == null) {
            return null;
        }
        var settings =
                (mid.type() == BlockType.TEXT_AND_PICTURE ? blocks.resamplingResnet() : blocks.resnet())
                        .withOutputScale(scale);
        List<ResnetBlock> resnets = new ArrayList<>();
        for (int i = 0; i < mid.layers(); i++) {
            resnets.add(new ResnetBlock(mid.channels(), mid.channels(), settings));
        }
        List<Layer> attentions =
                switch (mid.type()) {
                    case TRANSFORMER -> List.of(blocks.transformer(mid, mid.depths().getFirst()));
                    case TEXT_AND_PICTURE -> List.of(blocks.textAndPictureAttention(mid));
                    default -> List.of();
                };
        return new MidBlock(new BlockLayers(resnets, attentions));
    }
}
