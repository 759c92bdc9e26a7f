// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

import java.util.List;

/// Many pictures on one sheet.
@Extension
@NodeType(
        id = "image/grid",
        title = "Grid",
        group = "Image/Combine",
        description = "Puts pictures side by side in rows, each fitted into a cell of the same size.")
public final class Grid implements Node<Grid.In, Grid.Out> {
    private static final int MAX_PIXELS = 64_000_000;

    public record In(
            @Help("Pictures, row by row") List<Image> images,
            @Help("Pictures in a row") @Range(min = 1, max = 100, step = 1) @Default("4") int columns,
            @Help("Width and height of a cell in pixels") @Range(min = 8, max = 4096, step = 1) @Default("256")
                    int cell,
            @Help("Space between and around the cells, in pixels") @Range(min = 0, max = 512, step = 1) @Default("8")
                    int gap,
            @Help("Colour behind the pictures") @Default("#ffffff") String background) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.images().isEmpty()) {
            throw NodeException.user("image/grid-empty", "There are no pictures.").next("Link at least one.");
        }
        int columns = Math.min(in.columns(), in.images().size());
        int rows = (in.images().size() + columns - 1) / columns;
        int pitch = in.cell() + in.gap();
        long width = (long) columns * pitch + in.gap();
        long height = (long) rows * pitch + in.gap();
        if (width * height > MAX_PIXELS) {
            throw NodeException.user("image/grid-too-large", "The sheet would have %d x %d pixels.", width, height)
                    .next("Use smaller cells.");
        }
        Image sheet = Image.filled((int) width, (int) height, Colors.parse(in.background()));
        byte[] bytes = sheet.bytes().clone();
        Image result = Image.ofBytes(sheet.width(), sheet.height(), sheet.channels(), bytes);
        for (var step : context.steps(in.images().size())) {
            Image fitted = fitted(in.images().get(step.index()), in.cell(), context);
            int left = in.gap() + step.index() % columns * pitch + (in.cell() - fitted.width()) / 2;
            int top = in.gap() + step.index() / columns * pitch + (in.cell() - fitted.height()) / 2;
            paste(result, bytes, fitted, left, top);
        }
        return new Out(result);
    }

    private static Image fitted(Image image, int cell, NodeContext context) {
        double scale = Math.min((double) cell / image.width(), (double) cell / image.height());
        int width = (int) Math.max(1, Math.round(image.width() * scale));
        int height = (int) Math.max(1, Math.round(image.height() * scale));
        return Resampling.LANCZOS.resize(image, width, height, context);
    }

    /// Into the bytes of a sheet that nobody else sees yet.
    private static void paste(Image sheet, byte[] bytes, Image picture, int left, int top) {
        int channels = sheet.channels();
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                int at = ((top + y) * sheet.width() + left + x) * channels;
                Pixel pixel = BlendMode.NORMAL.over(sheet.pixel(left + x, top + y), picture.pixel(x, y), 1);
                double[] values = {pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()};
                for (int c = 0; c < channels; c++) {
                    bytes[at + c] = (byte) Math.round(values[c] * 255);
                }
            }
        }
    }
}
