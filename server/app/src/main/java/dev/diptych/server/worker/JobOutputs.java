// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

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
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.value.PngWriter;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// The outputs of a job as JSON: of each its type, and its value as a document would write it. Pictures are assets, as PNG, videos as animated PNG;
/// tensors, latents and embeddings are assets in Diptych's own encoding.
final class JobOutputs {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WorkerAssets assets;

    JobOutputs(WorkerAssets assets) {
        this.assets = assets;
    }

    /// Stores what becomes an asset.
    ObjectNode write(Map<String, TypedValue> outputs) throws IOException {
        ObjectNode object = JSON.createObjectNode();
        for (Map.Entry<String, TypedValue> output : outputs.entrySet()) {
            ObjectNode written = object.putObject(output.getKey());
            written.set("type", TypeReader.write(output.getValue().type()));
            written.set("value", value(output.getValue().value()));
        }
        return object;
    }

    private JsonNode value(Object value) throws IOException {
        return switch (value) {
            case Image image -> asset(PngWriter.write(image));
            case Mask mask -> asset(PngWriter.write(mask));
            case Video video -> asset(PngWriter.write(video));
            case Tensor _, Latent _, Embedding _ -> asset(ValueCodec.encode(value));
            case Seed seed -> JsonNodeFactory.instance.textNode(seed.toString());
            case ModelReference model -> JSON.valueToTree(model);
            case List<?> list -> {
                ArrayNode elements = JSON.createArrayNode();
                for (Object element : list) {
                    elements.add(value(element));
                }
                yield elements;
            }
            case Map<?, ?> fields -> {
                ObjectNode object = JSON.createObjectNode();
                for (Map.Entry<?, ?> field : fields.entrySet()) {
                    object.set((String) field.getKey(), value(field.getValue()));
                }
                yield object;
            }
            default -> JSON.valueToTree(value);
        };
    }

    private JsonNode asset(byte[] bytes) throws IOException {
        return JsonNodeFactory.instance.textNode("asset:" + assets.write(bytes));
    }
}
