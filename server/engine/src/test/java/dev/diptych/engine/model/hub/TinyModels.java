// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/// Models of a few numbers, for tests.
final class TinyModels {
    private TinyModels() {}

    /// A safetensors file of float32 tensors, each filled with one value.
    ///
    /// @param shapes by name, for example `2,3`
    static byte[] safetensors(float value, Map<String, String> shapes) {
        return safetensors(value, shapes, Map.of());
    }

    /// @param metadata of the file: words and numbers
    static byte[] safetensors(float value, Map<String, String> shapes, Map<String, String> metadata) {
        StringJoiner header = new StringJoiner(",", "{", "}");
        if (!metadata.isEmpty()) {
            StringJoiner entries = new StringJoiner(",", "\"__metadata__\":{", "}");
            metadata.forEach((key, text) -> entries.add("\"%s\":\"%s\"".formatted(key, text)));
            header.add(entries.toString());
        }
        long offset = 0;
        for (Map.Entry<String, String> tensor : shapes.entrySet()) {
            long bytes = 4;
            for (String size : tensor.getValue().split(",")) {
                bytes *= size.isEmpty() ? 1 : Long.parseLong(size);
            }
            header.add(
                    "\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                            .formatted(tensor.getKey(), tensor.getValue(), offset, offset + bytes));
            offset += bytes;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + json.length + (int) offset).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(json.length).put(json);
        while (buffer.hasRemaining()) {
            buffer.putFloat(value);
        }
        return buffer.array();
    }

    static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, String> shapes(String... namesAndShapes) {
        Map<String, String> shapes = new LinkedHashMap<>();
        for (int i = 0; i < namesAndShapes.length; i += 2) {
            shapes.put(namesAndShapes[i], namesAndShapes[i + 1]);
        }
        return shapes;
    }

    /// A U-Net of two tensors with 14 parameters, and a scheduler.
    static void pipeline(Path folder, float value) {
        write(
                folder.resolve("model_index.json"),
                """
                {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"], "scheduler": ["diffusers", "DDIMScheduler"]}
                """);
        write(
                folder.resolve("unet/config.json"),
                "{\"_class_name\": \"UNet2DConditionModel\", \"cross_attention_dim\": 768, \"in_channels\": 4}");
        write(
                folder.resolve("unet/diffusion_pytorch_model.safetensors"),
                safetensors(value, shapes("conv_in.weight", "2,3,2,1", "conv_in.bias", "2")));
        write(
                folder.resolve("scheduler/scheduler_config.json"),
                "{\"_class_name\": \"DDIMScheduler\", \"beta_end\": 0.02}");
    }

    /// A network of its own with 6 parameters.
    static void network(Path folder, float value) {
        write(folder.resolve("config.json"), "{\"architectures\": [\"CLIPModel\"], \"model_type\": \"clip\"}");
        write(folder.resolve("model.safetensors"), safetensors(value, shapes("weight", "2,3")));
    }
}
