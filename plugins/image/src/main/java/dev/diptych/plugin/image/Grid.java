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
import dev.diptych.api.value.Resampling;

import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// Many pictures on one sheet.
@Extension
@NodeType(
        id = "image/grid",
        title = "Grid",
        group = "Image/Combine",
        description = "Puts pictures side by side in rows, each fitted into a cell of the same size.")
public final class Grid implements Node<Grid.In, Grid.Out> {
    private static final int MAX_PIXELS = 64_000_000;
    private static final int CELL_OF_PLAIN_LETTERS = 128;

    public record In(
            @Help("Pictures, row by row") List<Image> images,
            @Help("Pictures in a row") @Range(min = 1, max = 100, step = 1) @Default("4") int columns,
            @Help("Width and height of a cell in pixels") @Range(min = 8, max = 4096, step = 1) @Default("256")
                    int cell,
            @Help("Space between and around the cells, in pixels") @Range(min = 0, max = 512, step = 1) @Default("8")
                    int gap,
            @Help("Colour behind the pictures") @Default("#ffffff") String background,
            @Help("Words under the pictures, in their order; none if left open") Optional<List<String>> captions,
            @Help("Colour of the words") @Default("#202020") String ink) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.images().isEmpty()) {
            throw NodeException.user("image/grid-empty", "There are no pictures.").next("Link at least one.");
        }
        int columns = Math.min(in.columns(), in.images().size());
        int rows = (in.images().size() + columns - 1) / columns;
        int pitch = in.cell() + in.gap();
        int scale = Math.max(1, in.cell() / CELL_OF_PLAIN_LETTERS);
        int captionHeight =
                in.captions().filter(captions -> !captions.isEmpty()).isPresent()
                        ? scale * PixelFont.LINE + in.gap() / 2
                        : 0;
        int rowPitch = pitch + captionHeight;
        long width = (long) columns * pitch + in.gap();
        long height = (long) rows * rowPitch + in.gap();
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
            int top = in.gap() + step.index() / columns * rowPitch + (in.cell() - fitted.height()) / 2;
            paste(result, bytes, fitted, left, top);
            if (captionHeight > 0 && step.index() < in.captions().orElseThrow().size()) {
                String caption = in.captions().orElseThrow().get(step.index());
                int cellLeft = in.gap() + step.index() % columns * pitch;
                int below = in.gap() + step.index() / columns * rowPitch + in.cell() + in.gap() / 2;
                write(
                        result,
                        bytes,
                        fitting(caption, in.cell(), scale),
                        cellLeft,
                        in.cell(),
                        below,
                        Colors.parse(in.ink()));
            }
        }
        return new Out(result);
    }

    private static Image fitted(Image image, int cell, NodeContext context) {
        double scale = Math.min((double) cell / image.width(), (double) cell / image.height());
        int width = (int) Math.max(1, Math.round(image.width() * scale));
        int height = (int) Math.max(1, Math.round(image.height() * scale));
        return Resampling.LANCZOS.resize(image, width, height, context::checkCancelled);
    }

    /// Cut off with dots where it would reach into the next cell.
    private static PixelFont.Line fitting(String caption, int cell, int scale) {
        String line = caption.lines().findFirst().orElse("");
        PixelFont.Line laid = PixelFont.layout(line, scale);
        while (laid.width() > cell && line.length() > 1) {
            line = line.substring(0, line.length() - 1);
            laid = PixelFont.layout(line.stripTrailing() + "..", scale);
        }
        return laid;
    }

    private static void write(Image sheet, byte[] bytes, PixelFont.Line text, int left, int cell, int top, Pixel ink) {
        int offset = left + Math.max(0, (cell - text.width()) / 2);
        for (int y = 0; y < text.height(); y++) {
            for (int x = 0; x < text.width(); x++) {
                if (text.covers(x, y)) {
                    put(sheet, bytes, offset + x, top + y, ink);
                }
            }
        }
    }

    /// Into the bytes of a sheet that nobody else sees yet.
    private static void paste(Image sheet, byte[] bytes, Image picture, int left, int top) {
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                put(sheet, bytes, left + x, top + y, picture.pixel(x, y));
            }
        }
    }

    private static void put(Image sheet, byte[] bytes, int x, int y, Pixel above) {
        int at = (y * sheet.width() + x) * sheet.channels();
        Pixel pixel = BlendMode.NORMAL.over(sheet.pixel(x, y), above, 1);
        double[] values = {pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()};
        for (int c = 0; c < sheet.channels(); c++) {
            bytes[at + c] = (byte) Math.round(values[c] * 255);
        }
    }
}
