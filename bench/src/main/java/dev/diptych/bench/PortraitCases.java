// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.value.Image;
import dev.diptych.engine.value.ImageFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// Drawn portraits that no training saw, and what they look like with one attribute changed: `plugins/portraits/truth`, made by
/// `training/truth.py`.
final class PortraitCases {
    private static final int SMALL = 64;
    private static final int LARGE = 256;
    private static final int LARGEST = 1024;

    /// @param number        from 0
    /// @param attribute     the one that differs
    /// @param before        by attribute, what the picture shows
    /// @param after         what it shows when changed
    /// @param captionBefore names the attribute and no other
    /// @param caption       what one says of the picture before
    /// @param named         attributes that this caption names
    record Case(
            int number,
            String attribute,
            Map<String, String> before,
            Map<String, String> after,
            String captionBefore,
            String captionAfter,
            String caption,
            Set<String> named) {}

    /// A picture that the decoder made, and what a person saw in it.
    ///
    /// @param seen by attribute; without those that could not be told
    record Labelled(Image picture, Map<String, String> seen) {}

    private final List<Case> cases;
    private final Image before;
    private final Image after;
    private final Image large;
    private final Image largest;
    private final List<Labelled> labelled;

    private PortraitCases(
            List<Case> cases, Image before, Image after, Image large, Image largest, List<Labelled> labelled) {
        this.cases = cases;
        this.before = before;
        this.after = after;
        this.large = large;
        this.largest = largest;
        this.labelled = labelled;
    }

    static PortraitCases read(Path folder) throws IOException {
        List<Case> read =
                new ObjectMapper().readValue(folder.resolve("cases.json").toFile(), new TypeReference<List<Case>>() {});
        return new PortraitCases(
                read,
                atlas(folder, "before.webp"),
                atlas(folder, "after.webp"),
                atlas(folder, "large.webp"),
                atlas(folder, "largest.webp"),
                labelled(folder));
    }

    private static List<Labelled> labelled(Path folder) throws IOException {
        Image pictures = atlas(folder, "generated.webp");
        List<Map<String, String>> labels =
                new ObjectMapper().readValue(folder.resolve("generated.json").toFile(), new TypeReference<>() {});
        return IntStream.range(0, labels.size())
                .mapToObj(i -> new Labelled(tile(pictures, i, SMALL), labels.get(i)))
                .toList();
    }

    private static Image atlas(Path folder, String name) throws IOException {
        return new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS).read(Files.readAllBytes(folder.resolve(name)), name);
    }

    List<Case> first(int count) {
        return cases.subList(0, Math.min(count, cases.size()));
    }

    /// 64 × 64.
    Image before(int number) {
        return tile(before, number, SMALL);
    }

    /// 64 × 64, with the attribute changed.
    Image after(int number) {
        return tile(after, number, SMALL);
    }

    /// How many cases there are at 256 × 256, too.
    int largeCount() {
        return large.width() / LARGE * (large.height() / LARGE);
    }

    Image large(int number) {
        return tile(large, number, LARGE);
    }

    /// How many cases there are at 1024 × 1024, too.
    int largestCount() {
        return largest.width() / LARGEST * (largest.height() / LARGEST);
    }

    Image largest(int number) {
        return tile(largest, number, LARGEST);
    }

    /// Pictures that were made by the decoder, not drawn.
    List<Labelled> labelled() {
        return labelled;
    }

    private static Image tile(Image atlas, int number, int side) {
        int columns = atlas.width() / side;
        int left = number % columns * side;
        int top = number / columns * side;
        return Image.generated(side, side, 3, (x, y) -> atlas.pixel(left + x, top + y));
    }
}
