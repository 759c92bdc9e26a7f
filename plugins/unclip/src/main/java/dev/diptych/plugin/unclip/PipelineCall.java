// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.PipelineContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// How a case calls one of diffusers' pipelines.
///
/// @param node      with the case's checkpoint as [PipelineContext#MODEL]
/// @param arguments of the call
/// @param generator which draws for all stages, in their order
/// @param inputs    tensors among the arguments
record PipelineCall(NodeContext node, Config arguments, NoiseGenerator generator, Config inputs) {
    private static final String BYTES = "_uint8";

    static PipelineCall of(ConformanceCase test, CaseContext context) {
        Object folder = test.json().getOrDefault("checkpoint", "model");
        Map<String, Object> values = new LinkedHashMap<>();
        if (test.json().get("call") instanceof Map<?, ?> given) {
            given.forEach((key, value) -> values.put(String.valueOf(key), value));
        }
        Config arguments = new Config("call", values).ignore("output_type", "return_dict");
        Object seed = arguments.value("seed");
        return new PipelineCall(
                PipelineContext.of(context).node(test.folder().resolve(String.valueOf(folder))),
                arguments,
                new NoiseGenerator(new Seed(seed == null ? 0 : Long.parseUnsignedLong(seed.toString()))),
                new Config("inputs", test.inputs()));
    }

    /// A text or a list of texts, each with its copies behind it; an empty one if it is left out.
    List<String> rows(String name, int copies) {
        List<String> texts =
                arguments.value(name) instanceof List<?> ? arguments.texts(name) : List.of(arguments.text(name, ""));
        return texts.stream().flatMap(text -> Collections.nCopies(copies, text).stream()).toList();
    }

    /// @throws UnsupportedOperationException naming the arguments that nobody asked for
    void finish() {
        List<String> unread = Stream.concat(arguments.unread().stream(), inputs.unread().stream()).toList();
        if (!unread.isEmpty()) {
            throw new UnsupportedOperationException("The call has the arguments " + unread + ", which are not known.");
        }
    }

    /// A picture that is given as bytes, (height, width, 3): the input of this name and `_uint8`.
    Image image(String name) {
        if (!(inputs.value(name + BYTES) instanceof Tensor pixels)) {
            throw new UnsupportedOperationException(
                    "A case needs the input " + name + BYTES + " (height, width, 3); it has " + inputs.unread());
        }
        return Image.ofBytes(pixels.size(1), pixels.size(0), pixels.size(2), pixels.bytes().clone());
    }

    /// (batch, 3, height, width) in -1 … 1 to (batch, height, width, 3) in 0 … 1.
    static Tensor channelsLast(Tensor pictures) {
        int batch = pictures.size(0);
        int channels = pictures.size(1);
        int plane = pictures.size(2) * pictures.size(3);
        float[] from = pictures.floats();
        float[] to = new float[from.length];
        for (int b = 0; b < batch; b++) {
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < plane; i++) {
                    double unit = from[(b * channels + c) * plane + i] * 0.5 + 0.5;
                    to[(b * plane + i) * channels + c] = (float) Math.clamp(unit, 0, 1);
                }
            }
        }
        return Tensor.ofFloats(to, batch, pictures.size(2), pictures.size(3), channels);
    }
}
