// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Makes the blocks of a U-Net for pictures.
///
/// @param resnet            what all residual blocks have in common
/// @param resamplingResnet  the same for blocks that resample by residual blocks
/// @param isLinear          whether a transformer's projections are matrices
/// @param isPrecise         whether a transformer's scores are computed in float32
/// @param textNorm          of attention to text and picture: `layer_norm`, `group_norm` or null
/// @param downsamplePadding of a downsampling convolution
/// @param resnetDownsample  whether blocks with attention within the picture shrink by a residual block
/// @param resnetUpsample    whether they grow by a residual block
record Blocks(
        ResnetBlock.Settings resnet,
        ResnetBlock.Settings resamplingResnet,
        boolean isLinear,
        boolean isPrecise,
        @Nullable String textNorm,
        int downsamplePadding,
        boolean resnetDownsample,
        boolean resnetUpsample) {

    /// @param in     channels that come from above
    /// @param halves whether a smaller resolution follows
    DownBlock down(Level level, int in, boolean halves) {
        int out = level.channels();
        return switch (level.type()) {
            case SKIP, ATTENTION_SKIP -> new SkipDownBlock(level, in, halves, resnet);
            case ADAPTIVE, ADAPTIVE_TEXT -> new AdaptiveDownBlock(level, in, halves, resnet);
            case PLAIN, RESIDUAL, ATTENTION, TRANSFORMER, TEXT_AND_PICTURE -> {
                var resnets = resnets(level, i -> i == 0 ? in : out);
                var layers = new BlockLayers(resnets, attentions(level));
                yield new PlainDownBlock(layers, halves ? List.of(downsampler(level)) : List.of());
            }
        };
    }

    /// @param below    channels that come from below
    /// @param lastSkip channels of the last picture that the way down has left
    /// @param doubles  whether a larger resolution follows
    UpBlock up(Level level, int below, int lastSkip, boolean doubles) {
        int out = level.channels();
        return switch (level.type()) {
            case SKIP, ATTENTION_SKIP -> new SkipUpBlock(level, below, lastSkip, doubles, resnet);
            case ADAPTIVE, ADAPTIVE_TEXT -> new AdaptiveUpBlock(level, lastSkip, doubles, resnet);
            case PLAIN, RESIDUAL, ATTENTION, TRANSFORMER, TEXT_AND_PICTURE -> {
                var resnets = resnets(level, i -> joinedChannels(level, below, lastSkip, i));
                var layers = new BlockLayers(resnets, attentions(level));
                yield new PlainUpBlock(layers, doubles ? List.of(upsampler(level)) : List.of());
            }
        };
    }

    /// What the residual block of a number on the way up is given: what comes from below and a picture of the way down.
    static int joinedChannels(Level level, int below, int lastSkip, int index) {
        int own = index == 0 ? below : level.channels();
        return own + (index == level.layers() - 1 ? lastSkip : level.channels());
    }

    private List<ResnetBlock> resnets(Level level, IntFunction<Integer> in) {
        return IntStream.range(0, level.layers())
                .mapToObj(i -> new ResnetBlock(in.apply(i), level.channels(), resnetOf(level)))
                .toList();
    }

    private ResnetBlock.Settings resnetOf(Level level) {
        return switch (level.type()) {
            case RESIDUAL, TEXT_AND_PICTURE -> resamplingResnet;
            case PLAIN, ATTENTION, TRANSFORMER, SKIP, ATTENTION_SKIP, ADAPTIVE, ADAPTIVE_TEXT -> resnet;
        };
    }

    private List<Layer> attentions(Level level) {
        List<Layer> attentions = new ArrayList<>();
        for (int i = 0; i < level.layers(); i++) {
            switch (level.type()) {
                case ATTENTION -> attentions.add(pictureAttention(level.channels(), level.headDim()));
                case TRANSFORMER -> attentions.add(transformer(level, level.depths().get(i)));
                case TEXT_AND_PICTURE -> attentions.add(textAndPictureAttention(level));
                case PLAIN, RESIDUAL, SKIP, ATTENTION_SKIP, ADAPTIVE, ADAPTIVE_TEXT -> {}
            }
        }
        return List.copyOf(attentions);
    }

    private Layer pictureAttention(int channels, int headDim) {
        return new PictureAttention(channels, headDim, resnet.groupsOf(channels), resnet.epsilon(), 1);
    }

    /// A transformer with the heads, and for the text, of a level.
    Layer transformer(Level level, int depth) {
        return new SpatialTransformer(
                level.channels(),
                depth,
                new SpatialTransformer.Settings(
                        level.textWidth(),
                        new Heads(level.heads(), isPrecise),
                        level.channels() / level.heads(),
                        resnet.groupsOf(level.channels()),
                        isLinear,
                        level.onlyText()));
    }

    /// Attention with the heads, and for the text, of a level.
    Layer textAndPictureAttention(Level level) {
        return new TextAndPictureAttention(
                level.channels(),
                new TextAndPictureAttention.Settings(
                        level.textWidth(),
                        level.headDim(),
                        resnet.groupsOf(level.channels()),
                        textNorm,
                        level.onlyText()));
    }

    private Layer downsampler(Level level) {
        return isResampledByResnet(level, resnetDownsample)
                ? new ResnetBlock(level.channels(), level.channels(), resnetOf(level), Resampling.HALVING, false)
                : new Downsample(level.channels(), downsamplePadding);
    }

    private Module upsampler(Level level) {
        return isResampledByResnet(level, resnetUpsample)
                ? new ResnetBlock(level.channels(), level.channels(), resnetOf(level))
                : new Upsample(level.channels());
    }

    private static boolean isResampledByResnet(Level level, boolean inAttentionBlocks) {
        return switch (level.type()) {
            case RESIDUAL, TEXT_AND_PICTURE -> true;
            case ATTENTION -> inAttentionBlocks;
            case PLAIN, TRANSFORMER, SKIP, ATTENTION_SKIP, ADAPTIVE, ADAPTIVE_TEXT -> false;
        };
    }

    /// What height and width must be multiples of: two for each level, from the highest, that is made by doubling the one below it. Where a residual block enlarges
    /// a level further down, it makes whatever size that level's counterpart has; only filters double wherever they stand.
    ///
    /// @param up the levels on the way up, the lowest first
    int sizeMultiple(List<Level> up) {
        List<Level> enlarged = up.subList(0, up.size() - 1).reversed();
        boolean isFiltered = up.stream().anyMatch(Blocks::isFiltered);
        long doublings =
                isFiltered
                        ? enlarged.size()
                        : enlarged.stream().takeWhile(level -> isResampledByResnet(level, resnetUpsample)).count();
        return 1 << doublings;
    }

    private static boolean isFiltered(Level level) {
        return switch (level.type()) {
            case SKIP, ATTENTION_SKIP, ADAPTIVE, ADAPTIVE_TEXT -> true;
            case PLAIN, RESIDUAL, ATTENTION, TRANSFORMER, TEXT_AND_PICTURE -> false;
        };
    }
}
