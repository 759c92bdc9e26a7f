// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A model of a few numbers, for tests.
final class TinyModel {
    static final byte[] CONFIG =
            "{\"architectures\": [\"CLIPModel\"], \"model_type\": \"clip\"}".getBytes(StandardCharsets.UTF_8);

    private TinyModel() {}

    /// A safetensors file with one tensor of `count` numbers.
    static byte[] weights(int count, float value) {
        return weights("weight", count, value);
    }

    static byte[] weights(String name, int count, float value) {
        byte[] header =
                "{\"%s\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                        .formatted(name, count, 4 * count)
                        .getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + header.length + 4 * count).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(header.length).put(header);
        while (buffer.hasRemaining()) {
            buffer.putFloat(value);
        }
        return buffer.array();
    }

    /// Writes a folder with a network of one tensor.
    static Path write(Path folder, float value) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve("config.json"), CONFIG);
            Files.write(folder.resolve("model.safetensors"), weights(8, value));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
