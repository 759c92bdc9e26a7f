// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.augmentation.NoiseAugmentation;
import dev.diptych.plugin.diffusion.gaussian.GuidedSettings;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.TiledDenoiser;
import dev.diptych.plugin.diffusion.sampling.Tiling;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// unCLIP's second upsampler, 256 to 1024 pixels: ADM's super-resolution network (`SuperResModel` of guided-diffusion) without attention, sampled by DDIM. It is convolutional throughout, so that it
/// enlarges pictures of any size, all at once; in overlapping tiles where the device's memory does not suffice.
///
/// Ramesh et al., arXiv:2204.06125, section 2.2 and table 3; the noise on what is enlarged is Ho et al.'s, arXiv:2106.15282, section 4.2.
final class AdmUpsampler {
    static final int USUAL_STEPS = 15;

    /// Of what comes out: 800 MB in each tensor of a step.
    private static final long MOST_PIXELS = 1L << 26;

    /// Of tiles, in pixels of the large picture.
    private static final int OVERLAP = 128;

    private static final int PREVIEW = 256;

    private final NodeContext context;
    private final ModelReference reference;
    private final Model network;
    private final NetworkFunction function;
    private final GuidedSettings settings;
    private final @Nullable NoiseAugmentation augmentation;
    private final int factor;

    /// What came out.
    ///
    /// @param picture (1, 3, factor · height, factor · width), clamped to -1 … 1
    /// @param notices whether it was made in tiles
    record Enlarged(Tensor picture, List<String> notices) {}

    /// @throws NodeException `unclip/no-upsampler` if the model is something else, `unclip/needs-class` if it is told what pictures show
    AdmUpsampler(NodeContext context, ModelReference reference) {
        this.context = context;
        this.reference = reference;
        requireUpsampler(context, reference);
        network = context.model(reference, "model");
        function =
                network.network().functions().stream()
                        .filter(each -> each.name().equals(Model.FORWARD))
                        .findFirst()
                        .orElseThrow();
        if (function.inputNames().contains("y")) {
            throw NodeException.user(
                            "unclip/needs-class",
                            "%s enlarges pictures of a class that it wants to be told, and this node knows none.",
                            reference.id())
                    .next("Choose an upsampler without classes, as portraits/upsampler-1024.");
        }
        Config config = network.config();
        settings = GuidedSettings.of(config);
        augmentation =
                function.inputNames().contains("aug_steps")
                        ? NoiseAugmentation.of(GuidedSettings.schedule(config, "aug_schedule"))
                        : null;
        int large = config.integer("image_size", 1024);
        int small = config.integer("small_size", 256);
        if (small < 1 || large < small || large % small != 0) {
            throw config.unsupported("small_size", "pictures of " + small + " pixels have no whole part of " + large);
        }
        factor = large / small;
    }

    private static void requireUpsampler(NodeContext context, ModelReference reference) {
        List<String> components = context.components(reference);
        String name = components.contains("model") ? context.config(reference, "model").text("_class_name", "") : "";
        if (!name.equals("SuperResModel")) {
            throw NodeException.user(
                            "unclip/no-upsampler",
                            "%s cannot enlarge pictures: it has neither super_res_first nor a SuperResModel, but %s.",
                            reference.id(),
                            name.isEmpty() ? String.join(", ", components) : name)
                    .next(
                            "Choose portraits/unclip for pictures of 64 pixels, or portraits/upsampler-1024 for larger ones.");
        }
    }

    /// @param small      (1, 3, height, width), -1 to 1; what makes its sides divide is put to their ends and cut off again
    /// @param noiseLevel a timestep of the augmentation's schedule; null for none, or as little as there is
    /// @param noise      drawn from for the small picture first, if it gets any, then for the large one
    /// @throws NodeException `unclip/size` if the large picture would be too large, `unclip/noise-level` if the network is not told of noise, `diffusion/noise-level`
    Enlarged enlarge(Tensor small, int steps, @Nullable Integer noiseLevel, NoiseSource noise) {
        int height = factor * small.size(2);
        int width = factor * small.size(3);
        requireSize(height, width);
        if (augmentation == null && noiseLevel != null && noiseLevel > 0) {
            throw notToldOfNoise(reference, noiseLevel);
        }
        int unit = unit();
        Tensor padded = padded(TensorMath.clamp(small, -1, 1), unit / factor);
        int level = noiseLevel == null ? 0 : noiseLevel;
        Tensor low = augmentation == null ? padded : augmentation.at(padded, level, noise);
        TiledDenoiser denoiser =
                TiledDenoiser.of(
                        (x, timestep, region) -> predict(x, timestep, window(low, region), level),
                        unit,
                        Math.ceilDiv(OVERLAP, unit) * unit);
        int[] timesteps = TimestepRespacing.deterministic(settings.schedule().length(), steps);
        Solver solver = settings.process(timesteps).ddim(0, SamplingHooks.clipping());
        Tensor start = noise.normal(1, low.size(1), factor * low.size(2), factor * low.size(3));
        Tensor large =
                Sampler.of(solver, denoiser)
                        .drawing(noise)
                        .watched(Watcher.of(context, AdmUpsampler::preview))
                        .run(start);
        return new Enlarged(
                TensorMath.clamp(Slices.window(large, 0, 0, height, width), -1, 1), notices(denoiser.tiling()));
    }

    static NodeException notToldOfNoise(ModelReference reference, int level) {
        return NodeException.user(
                        "unclip/noise-level",
                        "The noise level is %d, but the upsampler of %s is not told of noise and would enlarge it, too.",
                        level,
                        reference.id())
                .next(
                        "Leave the noise level open, or choose a model with noise-conditioning augmentation, as portraits/upsampler-1024.");
    }

    private void requireSize(long height, long width) {
        if (height * width > MOST_PIXELS) {
            throw NodeException.user(
                            "unclip/size",
                            "The enlarged picture would have %d x %d pixels; at most %d million are made.",
                            width,
                            height,
                            MOST_PIXELS / 1_000_000)
                    .next("Make the picture smaller first, or cut it.");
        }
    }

    private Tensor predict(Tensor x, double timestep, Tensor low, int level) {
        context.checkCancelled();
        Map<String, Tensor> inputs = new HashMap<>();
        inputs.put("x", x);
        inputs.put("timesteps", Batches.times(timestep, 1));
        inputs.put("low_res", low);
        if (augmentation != null) {
            inputs.put("aug_steps", Batches.times(level, 1));
        }
        return Objects.requireNonNull(network.call(inputs).get("out"));
    }

    /// What height and width of the large picture are multiples of, in whole pixels of the small one.
    private int unit() {
        Size.Declared height =
                function.inputs().stream()
                        .filter(input -> input.name().equals("x"))
                        .findFirst()
                        .orElseThrow()
                        .symbol()
                        .shape()
                        .get(2)
                        .declared();
        int multiple = height == null ? 1 : Math.toIntExact(height.multiple());
        int unit = multiple;
        while (unit % factor != 0) {
            unit += multiple;
        }
        return unit;
    }

    private Tensor window(Tensor low, TiledDenoiser.Region region) {
        return Slices.window(
                low, region.top() / factor, region.left() / factor, region.height() / factor, region.width() / factor);
    }

    /// The last row and column repeated.
    private static Tensor padded(Tensor small, int multiple) {
        int height = Math.ceilDiv(small.size(2), multiple) * multiple;
        int width = Math.ceilDiv(small.size(3), multiple) * multiple;
        int planes = small.size(1);
        float[] out = new float[planes * height * width];
        for (int i = 0; i < out.length; i++) {
            int x = Math.min(i % width, small.size(3) - 1);
            int y = Math.min(i / width % height, small.size(2) - 1);
            out[i] = small.floats()[(i / (width * height) * small.size(2) + y) * small.size(3) + x];
        }
        return Tensor.ofFloats(out, 1, planes, height, width);
    }

    private static Image preview(Tensor denoised) {
        Image whole = Pictures.image(denoised, 0);
        int longer = Math.max(whole.width(), whole.height());
        return longer <= PREVIEW
                ? whole
                : Resampling.AREA.resize(
                        whole,
                        Math.max(1, whole.width() * PREVIEW / longer),
                        Math.max(1, whole.height() * PREVIEW / longer));
    }

    private static List<String> notices(Tiling tiling) {
        int count = tiling.regions().size();
        return count == 1
                ? List.of()
                : List.of(
                        "The device's memory did not suffice for %d x %d pixels at once: the picture was made in %d tiles of %d x %d pixels, which overlap and are blended."
                                .formatted(
                                        tiling.width(),
                                        tiling.height(),
                                        count,
                                        tiling.tileWidth(),
                                        tiling.tileHeight()));
    }
}
