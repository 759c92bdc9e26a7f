// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.model.Config;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;

import java.util.List;

/// How a model wants its pictures: resized, cut, scaled and shifted, as its `preprocessor_config.json` says (transformers' `CLIPImageProcessor`).
///
/// @param shortestEdge 0 if both sides are given
/// @param cropHeight   0 for no cut
public record ImagePreparation(
        int shortestEdge,
        int height,
        int width,
        Resampling filter,
        int cropHeight,
        int cropWidth,
        double factor,
        List<Double> mean,
        List<Double> deviation) {
    private static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
    private static final List<Double> CLIP_DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

    public ImagePreparation {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }

    /// What published CLIPs do: the shorter side resized to `side` with the bicubic filter, the middle square, CLIP's mean and deviation.
    public static ImagePreparation usual(int side) {
        return new ImagePreparation(side, 0, 0, Resampling.BICUBIC, side, side, 1 / 255.0, CLIP_MEAN, CLIP_DEVIATION);
    }

    /// @throws dev.diptych.api.error.NodeException if it asks for what is not implemented, naming it
    public static ImagePreparation of(Config config) {
        config.only("do_convert_rgb", true, false).only("do_pad", false);
        boolean resizes = config.flag("do_resize", true);
        int edge = 0;
        int height = 0;
        int width = 0;
        if (resizes) {
            Object size = config.value("size");
            if (size instanceof Number) {
                edge = config.integer("size");
            } else if (config.object("size").isPresent()) {
                Config sides = config.object("size").orElseThrow();
                edge = sides.integer("shortest_edge", 0);
                height = sides.integer("height", 0);
                width = sides.integer("width", 0);
            } else {
                edge = 224;
            }
            if (edge == 0 && (height == 0 || width == 0)) {
                throw config.unsupported("size", "neither shortest_edge nor height and width are given");
            }
        }
        int cropHeight = 0;
        int cropWidth = 0;
        if (config.flag("do_center_crop", true)) {
            Object crop = config.value("crop_size");
            if (crop instanceof Number) {
                cropHeight = config.integer("crop_size");
                cropWidth = cropHeight;
            } else {
                cropHeight = config.object("crop_size").map(sides -> sides.integer("height")).orElse(224);
                cropWidth = config.object("crop_size").map(sides -> sides.integer("width")).orElse(224);
            }
        }
        boolean normalizes = config.flag("do_normalize", true);
        return new ImagePreparation(
                edge,
                height,
                width,
                filter(config),
                cropHeight,
                cropWidth,
                config.flag("do_rescale", true) ? config.number("rescale_factor", 1 / 255.0) : 1,
                !normalizes
                        ? List.of(0.0, 0.0, 0.0)
                        : config.has("image_mean") ? config.numbers("image_mean") : CLIP_MEAN,
                !normalizes
                        ? List.of(1.0, 1.0, 1.0)
                        : config.has("image_std") ? config.numbers("image_std") : CLIP_DEVIATION);
    }

    /// Pillow's numbers of its filters.
    private static Resampling filter(Config config) {
        return switch (config.integer("resample", 3)) {
            case 0 -> Resampling.NEAREST;
            case 1 -> Resampling.LANCZOS;
            case 2 -> Resampling.BILINEAR;
            case 3 -> Resampling.BICUBIC;
            case 4 -> Resampling.AREA;
            default -> throw config.unsupported("resample", config.integer("resample") + " is no filter that is known");
        };
    }

    /// Pictures as the network takes them. What is transparent is seen on black.
    ///
    /// @return (pictures, 3, height, width)
    public Tensor prepare(List<Image> images, Runnable between) {
        List<Image> resized = images.stream().map(image -> resized(image, between)).toList();
        int outHeight = cropHeight > 0 ? cropHeight : resized.getFirst().height();
        int outWidth = cropWidth > 0 ? cropWidth : resized.getFirst().width();
        float[] values = new float[images.size() * 3 * outHeight * outWidth];
        int at = 0;
        for (Image image : resized) {
            int top = Math.floorDiv(image.height() - outHeight, 2);
            int left = Math.floorDiv(image.width() - outWidth, 2);
            for (int c = 0; c < 3; c++) {
                for (int y = 0; y < outHeight; y++) {
                    for (int x = 0; x < outWidth; x++) {
                        values[at++] = value(image, left + x, top + y, c);
                    }
                }
            }
        }
        return Tensor.ofFloats(values, images.size(), 3, outHeight, outWidth);
    }

    private Image resized(Image image, Runnable between) {
        if (shortestEdge == 0) {
            return height == 0 ? image : filter.resize(image, width, height, between);
        }
        int shorter = Math.min(image.width(), image.height());
        int newWidth =
                image.width() <= image.height() ? shortestEdge : (int) ((long) shortestEdge * image.width() / shorter);
        int newHeight =
                image.height() < image.width() ? shortestEdge : (int) ((long) shortestEdge * image.height() / shorter);
        return filter.resize(image, newWidth, newHeight, between);
    }

    /// Outside of the picture is black, as the reference pads what is smaller than the cut.
    private float value(Image image, int x, int y, int channel) {
        double raw = 0;
        if (x >= 0 && y >= 0 && x < image.width() && y < image.height()) {
            int at = (y * image.width() + x) * image.channels();
            raw = image.bytes()[at + channel] & 255;
            if (image.hasAlpha()) {
                raw = raw * (image.bytes()[at + 3] & 255) / 255;
            }
        }
        return (float) ((raw * factor - mean.get(channel)) / deviation.get(channel));
    }
}
