// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferUShort;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

import javax.imageio.ImageIO;

final class ImageFilesTest {
    private final ImageFiles files = new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS);

    private static Image noise(int width, int height, int channels) {
        byte[] bytes = new byte[width * height * channels];
        new Random(7).nextBytes(bytes);
        return Image.ofBytes(width, height, channels, bytes);
    }

    private static byte[] file(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private NodeException refused(byte[] bytes) {
        NodeException error = catchThrowableOfType(NodeException.class, () -> files.read(bytes, "x.png"));
        assertThat(error).isNotNull();
        assertThat(error.kind()).isEqualTo(ErrorKind.USER);
        assertThat(error.next()).isPresent();
        return error;
    }

    @Test
    void a_written_png_reads_back_exactly() throws IOException {
        for (int channels = 3; channels <= 4; channels++) {
            Image image = noise(37, 23, channels);
            byte[] png = PngWriter.write(image);
            assertThat(files.read(png, "x")).isEqualTo(image);
            BufferedImage other = ImageIO.read(new ByteArrayInputStream(png));
            assertThat(other.getRGB(5, 6) & 255).isEqualTo(image.bytes()[(6 * 37 + 5) * channels + 2] & 255);
        }
    }

    @Test
    void damaged_and_empty_files_are_refused() {
        byte[] png = PngWriter.write(noise(64, 64, 3));
        assertThat(refused(new byte[0]).code()).isEqualTo("engine/bad-image");
        assertThat(refused(new byte[] {1, 2, 3}).code()).isEqualTo("engine/bad-image");
        for (int length : new int[] {4, 8, 20, 33, 60, png.length / 2}) {
            assertThat(refused(Arrays.copyOf(png, length)).code()).isEqualTo("engine/bad-image");
        }
    }

    @Test
    void a_picture_that_is_cut_off_is_told_in_words() {
        assertThatThrownBy(() -> sample("cut.webp"))
                .hasMessageContaining("cut.webp cannot be used as a picture: it is damaged or cut off")
                .hasMessageNotContaining("null");
    }

    @Test
    void a_forged_size_is_refused_before_decoding() {
        byte[] png = PngWriter.write(noise(8, 8, 3));
        ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());

        assertThat(refused(png).code()).isEqualTo("engine/image-too-large");
    }

    @Test
    void a_jpeg_named_png_is_read_by_its_content() throws IOException {
        byte[] jpeg = file(new BufferedImage(9, 5, BufferedImage.TYPE_INT_RGB), "jpeg");

        assertThat(files.read(jpeg, "x.png")).hasToString("Image[9 x 5 x 3]");
    }

    @Test
    void an_exif_rotated_photo_stands_upright() throws IOException {
        byte[] jpeg = file(new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB), "jpeg");
        byte[] exif = {
            (byte) 0xff,
            (byte) 0xe1,
            0,
            34,
            'E',
            'x',
            'i',
            'f',
            0,
            0,
            'M',
            'M',
            0,
            42,
            0,
            0,
            0,
            8,
            0,
            1,
            1,
            0x12,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            6,
            0,
            0,
            0,
            0,
            0,
            0
        };
        ByteBuffer rotated = ByteBuffer.allocate(jpeg.length + exif.length);
        rotated.put(jpeg, 0, 2).put(exif).put(jpeg, 2, jpeg.length - 2);

        assertThat(files.read(rotated.array(), "x")).hasToString("Image[8 x 16 x 3]");
    }

    @Test
    void grey_of_sixteen_bits_keeps_its_value() throws IOException {
        BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        ((DataBufferUShort) grey.getRaster().getDataBuffer()).getData()[1] = (short) (100 * 257);

        assertThat(files.read(file(grey, "png"), "x").bytes()).containsExactly(0, 0, 0, 100, 100, 100);
    }

    /// One picture in the formats of others' programs, from the corpus of the fuzz test.
    private Image sample(String name) throws IOException {
        String folder = "ImageFilesFuzzTestInputs/any_bytes_are_a_picture_or_refused_by_name/";
        try (InputStream in = ImageFilesTest.class.getResourceAsStream(folder + name)) {
            return files.read(Objects.requireNonNull(in, name).readAllBytes(), name);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rgba.png, 0",
        "lossless.webp, 0",
        "small.tif, 0",
        "lzw.tif, 0",
        "small.bmp, 0",
        "rgb.jpg, 6",
        "cmyk.jpg, 6",
        "progressive.jpg, 6",
        "lossy.webp, 8"
    })
    void a_picture_has_the_same_colours_in_every_format(String name, double meanDifference) throws IOException {
        assertThat(meanDifference(sample(name), sample("rgb.png"))).isLessThanOrEqualTo(meanDifference);
    }

    @ParameterizedTest
    @CsvSource({
        "natural.webp, natural.png, 3", // the reference is libwebp's, which interpolates colour differences
        "grey-linear.png, grey-expected.png, 1", // that of these is LittleCMS'
        "grey-linear.jpg, grey-expected.png, 2"
    })
    void a_picture_has_the_colours_that_the_reference_decodes(String name, String expected, double meanDifference)
            throws IOException {
        assertThat(meanDifference(fixture(name), fixture(expected))).isLessThanOrEqualTo(meanDifference);
    }

    private Image fixture(String name) throws IOException {
        try (InputStream in = ImageFilesTest.class.getResourceAsStream("ImageFilesTest/" + name)) {
            return files.read(Objects.requireNonNull(in, name).readAllBytes(), name);
        }
    }

    private static double meanDifference(Image found, Image expected) {
        assertThat(found.width()).isEqualTo(expected.width());
        assertThat(found.height()).isEqualTo(expected.height());
        double sum = 0;
        for (int i = 0; i < expected.width() * expected.height(); i++) {
            for (int channel = 0; channel < 3; channel++) {
                int a = expected.bytes()[i * expected.channels() + channel] & 255;
                int b = found.bytes()[i * found.channels() + channel] & 255;
                sum += Math.abs(a - b);
            }
        }
        return sum / (expected.width() * expected.height() * 3);
    }

    @Test
    void a_jpeg_that_is_cut_off_is_refused() throws IOException {
        BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        byte[] whole = file(picture, "jpeg");

        assertThat(files.read(whole, "x").width()).isEqualTo(64);
        for (int length : new int[] {whole.length / 2, whole.length - 20, whole.length - 1}) {
            assertThatThrownBy(() -> files.read(Arrays.copyOf(whole, length), "x.jpg"))
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("x.jpg");
        }
    }

    @Test
    void a_colour_profile_is_converted_to_srgb() throws IOException {
        BufferedImage grey = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        grey.setRGB(0, 0, 0x808080);
        byte[] linear =
                withChunk(
                        file(grey, "png"),
                        "iCCP",
                        profile(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData()));

        assertThat(files.read(linear, "x").bytes()[0] & 255).isBetween(186, 190); // half the light is 0.735 in sRGB
    }

    @Test
    void a_colour_profile_of_a_jpeg_is_applied_once() throws IOException {
        BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 256; i++) {
            grey.setRGB(i % 16, i / 16, 0x808080);
        }
        byte[] plain = file(grey, "jpeg");
        byte[] icc = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        byte[] name = "ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1);
        byte[] linear =
                ByteBuffer.allocate(plain.length + 4 + name.length + icc.length)
                        .put(plain, 0, 20) // with the JFIF segment
                        .putShort((short) 0xffe2)
                        .putShort((short) (2 + name.length + icc.length))
                        .put(name)
                        .put(icc)
                        .put(plain, 20, plain.length - 20)
                        .array();

        assertThat(files.read(plain, "x").bytes()[0] & 255).isBetween(126, 130);
        assertThat(files.read(linear, "x").bytes()[0] & 255).isBetween(186, 190);
    }

    @Test
    void a_colour_profile_holds_for_a_palette_too() throws IOException {
        BufferedImage palette =
                new BufferedImage(
                        1,
                        1,
                        BufferedImage.TYPE_BYTE_INDEXED,
                        new IndexColorModel(
                                8, 1, new byte[] {(byte) 128}, new byte[] {(byte) 128}, new byte[] {(byte) 128}));
        byte[] linear =
                withChunk(
                        file(palette, "png"),
                        "iCCP",
                        profile(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData()));

        assertThat(files.read(linear, "x").bytes()[0] & 255).isBetween(186, 190);
    }

    private static byte[] profile(byte[] icc) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.write(new byte[] {'x', 0, 0}); // its name, and that it is deflated
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(chunk)) {
            deflated.write(icc);
        }
        return chunk.toByteArray();
    }

    /// Right after the header.
    private static byte[] withChunk(byte[] png, String type, byte[] data) {
        int header = 8 + 12 + 13;
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(data);
        return ByteBuffer.allocate(png.length + data.length + 12)
                .put(png, 0, header)
                .putInt(data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .putInt((int) crc.getValue())
                .put(png, header, png.length - header)
                .array();
    }

    @Test
    void a_palette_becomes_colours() throws IOException {
        BufferedImage palette = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED);
        palette.setRGB(0, 0, 0xffff0000);

        assertThat(files.read(file(palette, "png"), "x").bytes()).startsWith((byte) 255, (byte) 0, (byte) 0);
    }
}
