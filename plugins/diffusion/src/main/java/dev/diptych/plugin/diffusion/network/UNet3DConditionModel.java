// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/// The U-Nets of ModelScope's text-to-video and its kin: `UNet3DConditionModel` of diffusers.
///
/// Inputs: `sample` (batch, channels, frames, height, width); `timestep` (batch), float32; `encoder_hidden_states` (batch, tokens, width); `timestep_cond` may be
/// left out. Output: `sample`.
@Extension
public final class UNet3DConditionModel implements Architecture {
    /// Of the attention along the time before the first block.
    private static final int HEADS_IN = 8;

    @Override
    public List<String> classNames() {
        return List.of("UNet3DConditionModel", "diffusers/UNet3DConditionModel");
    }

    @Override
    public Network describe(Config config) {
        VideoUNet unet = new Reader(config).read();
        Network.Description<VideoUNet> description = Network.of(unet);
        for (Set<String> optional : Inputs.choices(unet.optionalInputs())) {
            description.function(Model.FORWARD, (network, f) -> network.forward(f, optional));
        }
        return description.network();
    }

    private static final class Reader {
        private final Config config;
        private final List<Integer> channels;
        private final List<Integer> headDims;
        private final int groups;
        private final int textWidth;
        private final ResnetBlock.Settings resnet;

        Reader(Config config) {
            this.config = config;
            config.ignore("sample_size");
            channels = config.integers("block_out_channels", List.of(320, 640, 1280, 1280));
            headDims = config.integersFor("attention_head_dim", channels.size(), 64);
            groups = config.integer("norm_num_groups", 32);
            textWidth = config.integer("cross_attention_dim", 1024);
            resnet =
                    new ResnetBlock.Settings(
                            4 * channels.getFirst(),
                            groups,
                            config.number("norm_eps", 1e-5),
                            Activations.of(config, "act_fn"),
                            false,
                            false,
                            1);
        }

        VideoUNet read() {
            int first = channels.getFirst();
            int conditionWidth = config.integer("time_cond_proj_dim", 0);
            var time = new TimestepProjection.Sinusoidal(first, true, 0);
            var embedding =
                    new TimestepEmbedding(
                            first,
                            resnet.embeddingWidth(),
                            resnet.activation(),
                            null,
                            conditionWidth == 0 ? null : (Integer) conditionWidth);
            int in = config.integer("in_channels", 4);
            return new VideoUNet(time, embedding, unet(in), in, textWidth, conditionWidth);
        }

        private UNet unet(int in) {
            int first = channels.getFirst();
            return new UNet(
                    new Conv2d(in, first, 3),
                    new TemporalTransformer(first, HEADS_IN, headDims.getFirst(), groups),
                    downBlocks(),
                    midBlock(),
                    upBlocks(),
                    new GroupNorm(groups, first, resnet.epsilon()),
                    Activations.SILU,
                    new Conv2d(first, config.integer("out_channels", 4), 3));
        }

        private List<DownBlock> downBlocks() {
            List<String> types =
                    types(
                            "down_block_types",
                            List.of(
                                    "CrossAttnDownBlock3D",
                                    "CrossAttnDownBlock3D",
                                    "CrossAttnDownBlock3D",
                                    "DownBlock3D"),
                            "DownBlock3D",
                            "CrossAttnDownBlock3D");
            int layers = config.integer("layers_per_block", 2);
            int padding = config.integer("downsample_padding", 1);
            List<DownBlock> blocks = new ArrayList<>();
            int in = channels.getFirst();
            for (int i = 0; i < channels.size(); i++) {
                int out = channels.get(i);
                List<ResnetBlock> resnets = new ArrayList<>();
                for (int k = 0; k < layers; k++) {
                    resnets.add(new ResnetBlock(k == 0 ? in : out, out, resnet));
                }
                boolean halves = i < channels.size() - 1;
                blocks.add(
                        new PlainDownBlock(
                                layers(resnets, out, headDims.get(i), attentions(types.get(i), layers)),
                                halves ? List.of(new Downsample(out, padding)) : List.of()));
                in = out;
            }
            return blocks;
        }

        private Layer midBlock() {
            int width = channels.getLast();
            var settings = resnet.withOutputScale(config.number("mid_block_scale_factor", 1));
            var resnets = List.of(new ResnetBlock(width, width, settings), new ResnetBlock(width, width, settings));
            return new MidBlock(layers(resnets, width, headDims.getLast(), 1));
        }

        private List<UpBlock> upBlocks() {
            List<String> types =
                    types(
                            "up_block_types",
                            List.of("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
                            "UpBlock3D",
                            "CrossAttnUpBlock3D");
            int layers = config.integer("layers_per_block", 2) + 1;
            List<UpBlock> blocks = new ArrayList<>();
            int below = channels.getLast();
            for (int i = 0; i < channels.size(); i++) {
                int j = channels.size() - 1 - i;
                int out = channels.get(j);
                int lastSkip = channels.get(Math.max(j - 1, 0));
                List<ResnetBlock> resnets = new ArrayList<>();
                for (int k = 0; k < layers; k++) {
                    int own = k == 0 ? below : out;
                    resnets.add(new ResnetBlock(own + (k == layers - 1 ? lastSkip : out), out, resnet));
                }
                List<Module> upsamplers = j > 0 ? List.of(new Upsample(out)) : List.of();
                blocks.add(
                        new PlainUpBlock(
                                layers(resnets, out, headDims.get(j), attentions(types.get(i), layers)), upsamplers));
                below = out;
            }
            return blocks;
        }

        private List<String> types(String key, List<String> otherwise, String... allowed) {
            List<String> types = config.texts(key, otherwise);
            for (String type : types) {
                if (!List.of(allowed).contains(type)) {
                    throw config.unsupported(key, type + " is not implemented; allowed: " + String.join(", ", allowed));
                }
            }
            if (types.size() != channels.size()) {
                throw config.unsupported(
                        key,
                        types.size() + " blocks and " + channels.size() + " block_out_channels; both must be as many");
            }
            return types;
        }

        private static int attentions(String type, int layers) {
            return type.startsWith("CrossAttn") ? layers : 0;
        }

        /// Residual blocks, each followed by convolutions along the time, and attentions, each followed by one along the time.
        private BlockLayers layers(List<ResnetBlock> resnets, int width, int headDim, int attentions) {
            var settings =
                    new SpatialTransformer.Settings(
                            textWidth, new Heads(width / headDim), headDim, groups, true, false);
            return new BlockLayers(
                    resnets,
                    resnets.stream().map(_ -> new TemporalConvolution(width, groups)).toList(),
                    Collections.nCopies(attentions, 1).stream()
                            .map(depth -> new SpatialTransformer(width, depth, settings))
                            .toList(),
                    Collections.nCopies(attentions, width / headDim).stream()
                            .map(heads -> new TemporalTransformer(width, heads, headDim, groups))
                            .toList());
        }
    }
}
