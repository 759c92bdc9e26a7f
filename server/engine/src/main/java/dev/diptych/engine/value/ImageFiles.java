// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;

import org.jspecify.annotations.Nullable;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/// Reads picture files into [Image]: PNG, JPEG (also CMYK), WebP, TIFF, GIF and BMP, recognised by their first bytes and not by their names. The orientation
/// is applied, colours become 8-bit sRGB, and everything else that a file says about itself is left behind. Thread-safe.
public final class ImageFiles {
    /// 64 megapixels.
    public static final long DEFAULT_MAX_PIXELS = 64_000_000;

    private static final Map<String, String> READER_NAMES =
            Map.of("png", "PNG", "jpeg", "JPEG", "webp", "WebP", "tiff", "TIFF", "gif", "GIF", "bmp", "BMP");

    static {
        ImageIO.setUseCache(false);
    }

    private final long maxPixels;

    /// @param maxPixels larger pictures are refused before they are decoded
    public ImageFiles(long maxPixels) {
        this.maxPixels = maxPixels;
    }

    /// @param name as the reader of an error knows the file
    /// @throws NodeException of kind USER, `engine/bad-image` or `engine/image-too-large`
    public Image read(byte[] bytes, String name) {
        String format = format(bytes);
        if (format == null) {
            throw bad(name, bytes.length == 0 ? "it is empty" : "it is no picture that can be read", null);
        }
        if (format.equals("jpeg") && !JpegSegments.areComplete(bytes)) {
            throw bad(name, "it is cut off", null);
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
            if (!readers.hasNext()) {
                throw bad(name, READER_NAMES.get(format) + " cannot be read here", null);
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in);
                checkSize(reader.getWidth(0), reader.getHeight(0), name);
                BufferedImage decoded = reader.read(0);
                return Orientation.applied(
                        SrgbConversion.convert(decoded, unappliedProfile(format, bytes)), orientation(bytes));
            } finally {
                reader.dispose();
            }
        } catch (NodeException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            String said = e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
            throw bad(name, "it is damaged or cut off" + said, e);
        }
    }

    /// The colour profile that a decoder leaves to us.
    private static byte @Nullable [] unappliedProfile(String format, byte[] bytes) {
        return switch (format) {
            case "png" -> PngProfile.of(bytes);
            case "jpeg" -> JpegSegments.greyProfile(bytes);
            default -> null;
        };
    }

    private void checkSize(int width, int height, String name) {
        if ((long) width * height > maxPixels) {
            throw NodeException.user(
                            "engine/image-too-large",
                            "%s has %d x %d pixels, at most %d million are allowed.",
                            name,
                            width,
                            height,
                            maxPixels / 1_000_000)
                    .next("Make it smaller first.");
        }
    }

    private static NodeException bad(String name, String why, @Nullable Throwable cause) {
        NodeException error =
                NodeException.user("engine/bad-image", "%s cannot be used as a picture: %s.", name, why)
                        .next("Use a PNG, JPEG, WebP or TIFF file, and check that it opens elsewhere.");
        return cause == null ? error : error.causedBy(cause);
    }

    /// The media type of a file, told by its first bytes; `application/octet-stream` if they say nothing.
    ///
    /// @param head the first twelve bytes, or all if there are fewer
    public static String mediaType(byte[] head) {
        String format = format(head);
        return format == null ? "application/octet-stream" : "image/" + format;
    }

    /// By the first bytes.
    private static @Nullable String format(byte[] bytes) {
        if (startsWith(bytes, 0, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (startsWith(bytes, 0, 0xff, 0xd8, 0xff)) {
            return "jpeg";
        }
        if (startsWith(bytes, 0, 'R', 'I', 'F', 'F') && startsWith(bytes, 8, 'W', 'E', 'B', 'P')) {
            return "webp";
        }
        if (startsWith(bytes, 0, 'I', 'I', 42, 0) || startsWith(bytes, 0, 'M', 'M', 0, 42)) {
            return "tiff";
        }
        if (startsWith(bytes, 0, 'G', 'I', 'F', '8')) {
            return "gif";
        }
        return startsWith(bytes, 0, 'B', 'M') ? "bmp" : null;
    }

    private static boolean startsWith(byte[] bytes, int offset, int... expected) {
        for (int i = 0; i < expected.length; i++) {
            if (offset + i >= bytes.length || (bytes[offset + i] & 255) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    /// 1 to 8, as EXIF counts; 1 when the file does not say.
    private static int orientation(byte[] bytes) {
        try {
            List<ExifIFD0Directory> exif =
                    List.copyOf(
                            ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes))
                                    .getDirectoriesOfType(ExifIFD0Directory.class));
            for (ExifIFD0Directory directory : exif) {
                if (directory.containsTag(ExifIFD0Directory.TAG_ORIENTATION)) {
                    int value = directory.getInt(ExifIFD0Directory.TAG_ORIENTATION);
                    return value >= 1 && value <= 8 ? value : 1;
                }
            }
            return 1;
        } catch (ImageProcessingException | MetadataException | IOException | RuntimeException e) {
            return 1; // damaged metadata: the picture itself could be read
        }
    }
}
