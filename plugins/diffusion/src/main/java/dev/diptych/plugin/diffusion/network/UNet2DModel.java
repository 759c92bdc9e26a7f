// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Network;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.List;

/// The U-Nets of DDPM, of score-based models, of Karlo's super-resolution: `UNet2DModel` of diffusers.
///
/// Inputs: `sample` (batch, channels, height, width); `timestep` (batch), float32, or int64 where the network has a table of times; `class_labels` where the
/// configuration says so. Output: `sample`.
@Extension
public final class UNet2DModel implements Architecture {
    private static final String GROUPS = "norm_num_groups";
    private static final String HEAD_DIM = "attention_head_dim";
    private static final String TIME = "time_embedding_type";

    @Override
    public List<String> classNames() {
        return List.of("UNet2DModel", "diffusers/UNet2DModel");
    }

    @Override
    public String parameterName(String stored) {
        return OlderNames.newer(stored);
    }

    @Override
    public Network describe(Config config) {
        return Network.of(read(config)).function(Model.FORWARD, UnconditionalUNet::forward).network();
    }

    private static UnconditionalUNet read(Config config) {
        config.ignore("sample_size", "dropout", "num_train_timesteps")
                .only("resnet_time_scale_shift", "default", "scale_shift")
                .only("mid_block_type", "UNetMidBlock2D")
                .only(ClassEmbedding.KEY, "timestep", "identity")
                .only("downsample_type", "conv", "resnet")
                .only("upsample_type", "conv", "resnet");
        List<Integer> channels = config.integers("block_out_channels", List.of(224, 448, 672, 896));
        List<String> downTypes =
                config.texts(
                        "down_block_types",
                        List.of("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"));
        List<String> upTypes =
                config.texts("up_block_types", List.of("AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"));
        int count = Level.count(config, channels, downTypes, upTypes);
        int layers = config.integer("layers_per_block", 2);
        List<Level> down = new ArrayList<>();
        List<Level> up = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int j = count - 1 - i;
            down.add(level(config, "down_block_types", downTypes.get(i), channels.get(i), layers));
            up.add(level(config, "up_block_types", upTypes.get(i), channels.get(j), layers + 1));
        }
        TimestepProjection time = timeProjection(config, channels.getFirst());
        int width = config.integer("time_embedding_dim", 4 * channels.getFirst());
        Blocks blocks = blocks(config, width);
        return new UnconditionalUNet(
                time,
                new TimestepEmbedding(time.width(), width),
                ClassEmbedding.of(config, time, width, Activations.SILU),
                unet(config, blocks, down, up),
                new UnconditionalUNet.Traits(
                        config.integer("in_channels", 3),
                        blocks.sizeMultiple(up),
                        config.flag("center_input_sample", false),
                        time instanceof TimestepProjection.Fourier));
    }

    private static Level level(Config config, String key, String name, int channels, int layers) {
        BlockType type = key.startsWith("down") ? BlockType.down(config, key, name) : BlockType.up(config, key, name);
        if (type.readsText()) {
            throw config.unsupported(key, name + " looks at a text, and this class has none");
        }
        if (config.isNull(GROUPS)
                && type != BlockType.SKIP
                && type != BlockType.ATTENTION_SKIP
                && type != BlockType.ADAPTIVE) {
            throw config.unsupported(GROUPS, "null is not implemented for " + name);
        }
        return new Level(type, channels, layers, 1, headDim(config, channels), List.of(), 0, false);
    }

    /// A null means one head.
    private static int headDim(Config config, int channels) {
        return config.isNull(HEAD_DIM) ? channels : config.integer(HEAD_DIM, 8);
    }

    private static TimestepProjection timeProjection(Config config, int channels) {
        boolean flips = config.flag("flip_sin_to_cos", true);
        double shift = config.number("freq_shift", 0);
        config.only(TIME, "positional", "fourier", "learned");
        return switch (config.text(TIME, "positional")) {
            case "fourier" -> new TimestepProjection.Fourier(2 * channels, false, true);
            case "learned" -> new TimestepProjection.Learned(config.integer("num_train_timesteps"), channels);
            default -> new TimestepProjection.Sinusoidal(channels, flips, shift);
        };
    }

    private static Blocks blocks(Config config, int embeddingWidth) {
        var resnet =
                new ResnetBlock.Settings(
                        embeddingWidth,
                        config.isNull(GROUPS) ? null : (Integer) config.integer(GROUPS, 32),
                        config.number("norm_eps", 1e-5),
                        Activations.of(config, "act_fn"),
                        config.text("resnet_time_scale_shift", "default").equals("scale_shift"),
                        false,
                        1);
        return new Blocks(
                resnet,
                resnet,
                false,
                false,
                null,
                config.integer("downsample_padding", 1),
                config.text("downsample_type", "conv").equals("resnet"),
                config.text("upsample_type", "conv").equals("resnet"));
    }

    private static UNet unet(Config config, Blocks blocks, List<Level> down, List<Level> up) {
        List<DownBlock> downBlocks = new ArrayList<>();
        List<UpBlock> upBlocks = new ArrayList<>();
        int first = down.getFirst().channels();
        int last = down.size() - 1;
        int in = first;
        for (int i = 0; i <= last; i++) {
            downBlocks.add(blocks.down(down.get(i), in, i < last));
            in = down.get(i).channels();
        }
        for (int i = 0; i <= last; i++) {
            int next = down.get(Math.max(last - i - 1, 0)).channels();
            upBlocks.add(blocks.up(up.get(i), in, next, i < last));
            in = up.get(i).channels();
        }
        return new UNet(
                new Conv2d(config.integer("in_channels", 3), first, 3),
                null,
                downBlocks,
                midBlock(config, blocks.resnet(), down.getLast().channels()),
                upBlocks,
                new GroupNorm(blocks.resnet().groupsOf(first), first, blocks.resnet().epsilon()),
                Activations.SILU,
                new Conv2d(first, config.integer("out_channels", 3), 3));
    }

    private static @Nullable Layer midBlock(Config config, ResnetBlock.Settings network, int channels) {
        double scale = config.number("mid_block_scale_factor", 1);
        boolean hasAttention = config.flag("add_attention", true);
        Integer own = network.scalesAndShifts() ? null : (Integer) network.groupsOf(channels);
        Integer groups = config.has("attn_norm_num_groups") ? (Integer) config.integer("attn_norm_num_groups") : own;
        if (config.isNull("mid_block_type")) {
            return null;
        }
        var settings = network.withOutputScale(scale);
        var resnets =
                List.of(new ResnetBlock(channels, channels, settings), new ResnetBlock(channels, channels, settings));
        List<Layer> attentions =
                hasAttention
                        ? List.of(
                                new PictureAttention(
                                        channels, headDim(config, channels), groups, network.epsilon(), scale))
                        : List.of();
        return new MidBlock(new BlockLayers(resnets, attentions));
    }
}
