// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;
import dev.diptych.engine.value.JpegWriter;
import dev.diptych.engine.value.PngWriter;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/// Writes results into a folder: pictures as PNG, videos as animated PNG, the rest as JSON or, when it has no short form, as Diptych's own bytes.
final class ResultFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Format format;
    private final int quality;
    private final @Nullable String workflow;

    /// How pictures are written; named as a command line has them. Masks are always PNG.
    enum Format {
        png,
        jpeg
    }

    /// Makes the folder where it is missing.
    ///
    /// @param quality  of a JPEG, 1 to 100
    /// @param workflow embedded into each PNG, or null
    /// @throws IOException if nothing can be written there, with what to name instead
    ResultFiles(Path folder, Format format, int quality, @Nullable String workflow) throws IOException {
        this.folder = writable(folder);
        this.format = format;
        this.quality = quality;
        this.workflow = workflow;
    }

    private static Path writable(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IOException(
                    (Files.exists(folder) ? folder + " is no folder" : "The folder " + folder + " cannot be made")
                            + ", so the results cannot be written there. Name another with --out.",
                    e);
        }
        if (!Files.isWritable(folder)) {
            throw new IOException("This user may not write into " + folder + ". Name another folder with --out.");
        }
        return folder;
    }

    /// @return what was written: the file's path for what became a file, the value itself for numbers and texts
    JsonNode write(String name, TypedValue value) throws IOException {
        return write(name, value.value());
    }

    private JsonNode write(String name, Object value) throws IOException {
        return switch (value) {
            case Image image -> picture(name, image);
            case Mask mask -> file(name + ".png", PngWriter.write(mask));
            case Video video -> file(name + ".png", PngWriter.write(video));
            case List<?> list -> {
                ArrayNode elements = JSON.createArrayNode();
                for (int i = 0; i < list.size(); i++) {
                    elements.add(write(name + "-" + (i + 1), list.get(i)));
                }
                yield elements;
            }
            case Map<?, ?> fields -> {
                ObjectNode object = JSON.createObjectNode();
                for (Map.Entry<?, ?> field : fields.entrySet()) {
                    object.set((String) field.getKey(), write(name + "-" + field.getKey(), field.getValue()));
                }
                yield object;
            }
            case Tensor _, Latent _, Embedding _ -> file(name + ".value", ValueCodec.encode(value));
            case Seed seed -> JsonNodeFactory.instance.textNode(seed.toString());
            case ModelReference model -> JSON.valueToTree(model);
            default -> JSON.valueToTree(value);
        };
    }

    private JsonNode picture(String name, Image image) throws IOException {
        if (format == Format.jpeg) {
            return file(name + ".jpg", JpegWriter.write(image, quality / 100.0));
        }
        return file(
                name + ".png",
                workflow == null ? PngWriter.write(image) : PngWriter.writeWithWorkflow(image, workflow));
    }

    private JsonNode file(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Path next = folder.resolve("." + name + ".next");
        Files.write(next, bytes);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return JsonNodeFactory.instance.textNode(file.toString());
    }
}
