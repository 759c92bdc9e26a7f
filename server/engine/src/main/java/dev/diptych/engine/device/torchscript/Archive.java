// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// The file that holds a TorchScript program: a zip of stored entries, with a pickled object of the program's class.
final class Archive {
    /// Operators mean what they mean in this version of the format; older ones stand for older meanings.
    private static final String FORMAT_VERSION = "10\n";

    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    private Archive() {}

    static byte[] of(String program) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(program.length() + 2048);
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            add(zip, "network/data.pkl", object());
            add(zip, "network/code/__torch__.py", ascii(program));
            add(zip, "network/constants.pkl", EMPTY_TUPLE);
            add(zip, "network/version", ascii(FORMAT_VERSION));
            add(zip, "network/byteorder", ascii("little"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// Protocol 2: an object of the class, whose one attribute `training` is false.
    private static byte[] object() throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2});
        pickle.write(ascii("c__torch__\n" + Program.CLASS + "\n"));
        pickle.write(ascii(")"));
        pickle.write(0x81);
        pickle.write(ascii("}("));
        byte[] attribute = ascii("training");
        pickle.write(new byte[] {'X', (byte) attribute.length, 0, 0, 0});
        pickle.write(attribute);
        pickle.write(0x89);
        pickle.write(ascii("ub."));
        return pickle.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
