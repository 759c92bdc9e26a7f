// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.StrictJson;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/// Reads the bytes of published files: packed with gzip or not, UTF-8, no larger than any tokenizer is.
final class PublishedFiles {
    static final int MOST_BYTES = 64 << 20;

    private PublishedFiles() {}

    /// @param file for messages
    static ObjectNode json(byte[] bytes, String file) {
        try {
            if (new StrictJson(MOST_BYTES).read(unpacked(bytes, file)) instanceof ObjectNode object) {
                return object;
            }
        } catch (DocumentException e) {
            String said = e.problems().getFirst().message();
            throw BadTokenizer.of(file, said.endsWith(".") ? said.substring(0, said.length() - 1) : said, e);
        }
        throw BadTokenizer.of(file, "a JSON object is needed", null);
    }

    static String text(byte[] bytes, String file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(unpacked(bytes, file))).toString();
        } catch (CharacterCodingException e) {
            throw BadTokenizer.of(file, "it is not UTF-8", e);
        }
    }

    private static byte[] unpacked(byte[] bytes, String file) {
        if (bytes.length < 2 || bytes[0] != 0x1f || bytes[1] != (byte) 0x8b) {
            return bytes;
        }
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] unpacked = in.readNBytes(MOST_BYTES + 1);
            if (unpacked.length > MOST_BYTES) {
                throw BadTokenizer.of(file, "unpacked it has more than " + MOST_BYTES + " bytes", null);
            }
            return unpacked;
        } catch (IOException e) {
            throw BadTokenizer.of(file, "it cannot be unpacked (" + e.getMessage() + ")", e);
        }
    }
}
