// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Video;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Writes PNG: exact, and several times faster than ImageIO. Each row is stored as its difference to the row above (filter Up);
/// natural pictures are then only Huffman-coded, because searching for repetitions costs most of the time and finds few;
/// drawn ones, whose differences are mostly zero, are searched too.
public final class PngWriter {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int FILTER_UP = 2;
    private static final double DRAWN = 0.4;

    private PngWriter() {}

    public static byte[] write(Image image) {
        return write(image.width(), image.height(), image.channels(), image.bytes(), null);
    }

    /// With a workflow document embedded as uncompressed UTF-8 text under the keyword `diptych`.
    public static byte[] writeWithWorkflow(Image image, String workflow) {
        return write(image.width(), image.height(), image.channels(), image.bytes(), workflow);
    }

    /// As a grey picture: white is selected.
    public static byte[] write(Mask mask) {
        return write(mask.width(), mask.height(), 1, mask.bytes(), null);
    }

    /// As an animated PNG (W3C, PNG third edition, section 11.3.4), which repeats; what does not know these sees the first frame.
    public static byte[] write(Video video) {
        GrowingBytes out = started(video.width(), video.height(), video.channels());
        GrowingBytes control = new GrowingBytes();
        control.putInt(video.frames().size());
        control.putInt(0);
        chunk(out, "acTL", control.toBytes());
        int sequence = 0;
        for (Image frame : video.frames()) {
            boolean isFirst = sequence == 0;
            chunk(out, "fcTL", frameControl(sequence++, video));
            byte[] pixels = deflated(filtered(frame.width() * frame.channels(), frame.height(), frame.bytes()));
            if (isFirst) {
                chunk(out, "IDAT", pixels);
            } else {
                GrowingBytes data = new GrowingBytes();
                data.putInt(sequence++);
                data.put(pixels);
                chunk(out, "fdAT", data.toBytes());
            }
        }
        chunk(out, "IEND", new byte[0]);
        return out.toBytes();
    }

    private static byte[] frameControl(int sequence, Video video) {
        GrowingBytes control = new GrowingBytes();
        control.putInt(sequence);
        control.putInt(video.width());
        control.putInt(video.height());
        control.putInt(0);
        control.putInt(0);
        boolean isWhole = video.framesPerSecond() == Math.rint(video.framesPerSecond());
        int numerator = isWhole ? 1 : (int) Math.min(65_535, Math.round(1000 / video.framesPerSecond()));
        int denominator = isWhole ? (int) video.framesPerSecond() : 1000;
        control.putInt(numerator << 16 | denominator);
        control.put(new byte[2]); // nothing is disposed of, and each frame replaces the one before
        return control.toBytes();
    }

    private static byte[] write(int width, int height, int channels, byte[] pixels, @Nullable String workflow) {
        GrowingBytes out = started(width, height, channels);
        if (workflow != null) {
            GrowingBytes text = new GrowingBytes();
            text.put("diptych".getBytes(StandardCharsets.ISO_8859_1));
            text.put(new byte[5]);
            text.put(workflow.getBytes(StandardCharsets.UTF_8));
            chunk(out, "iTXt", text.toBytes());
        }
        chunk(out, "IDAT", deflated(filtered(width * channels, height, pixels)));
        chunk(out, "IEND", new byte[0]);
        return out.toBytes();
    }

    private static GrowingBytes started(int width, int height, int channels) {
        GrowingBytes out = new GrowingBytes();
        out.put(SIGNATURE);
        GrowingBytes header = new GrowingBytes();
        header.putInt(width);
        header.putInt(height);
        header.put(8);
        header.put(
                switch (channels) {
                    case 1 -> 0;
                    case 3 -> 2;
                    default -> 6;
                });
        header.put(new byte[3]);
        chunk(out, "IHDR", header.toBytes());
        chunk(out, "sRGB", new byte[] {0});
        return out;
    }

    private static byte[] filtered(int rowBytes, int height, byte[] pixels) {
        byte[] rows = new byte[Math.multiplyExact(rowBytes + 1, height)];
        for (int y = 0, to = 0, from = 0; y < height; y++) {
            rows[to++] = FILTER_UP;
            if (y == 0) {
                System.arraycopy(pixels, 0, rows, to, rowBytes);
            } else {
                for (int x = 0; x < rowBytes; x++) {
                    rows[to + x] = (byte) (pixels[from + x] - pixels[from + x - rowBytes]);
                }
            }
            to += rowBytes;
            from += rowBytes;
        }
        return rows;
    }

    private static byte[] deflated(byte[] rows) {
        try (Deflater deflater = new Deflater(isDrawn(rows) ? 3 : 1)) {
            if (!isDrawn(rows)) {
                deflater.setStrategy(Deflater.HUFFMAN_ONLY);
            }
            deflater.setInput(rows);
            deflater.finish();
            GrowingBytes out = new GrowingBytes();
            byte[] buffer = new byte[1 << 16];
            while (!deflater.finished()) {
                int count = deflater.deflate(buffer);
                out.reserve(count).put(buffer, 0, count);
            }
            return out.toBytes();
        }
    }

    /// From a sample of the differences.
    private static boolean isDrawn(byte[] rows) {
        int step = Math.max(1, rows.length / 10_007);
        int zeros = 0;
        int seen = 0;
        for (int i = 0; i < rows.length; i += step) {
            zeros += rows[i] == 0 ? 1 : 0;
            seen++;
        }
        return zeros > DRAWN * seen;
    }

    private static void chunk(GrowingBytes out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.putInt(data.length);
        out.put(name);
        out.put(data);
        out.putInt((int) crc.getValue());
    }
}
