// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.checkpoint.SafetensorsFile;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A case among the test's resources.
record TestCase(String name, Path folder, Map<String, @Nullable Object> json) implements ConformanceCase {
    static List<TestCase> all(String group) throws IOException {
        try (Stream<Path> folders = Files.list(resource("/cases/" + group))) {
            return folders.sorted().map(TestCase::read).toList();
        }
    }

    static Path resource(String name) {
        try {
            return Path.of(TestCase.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestCase read(Path folder) {
        try {
            return new TestCase(
                    folder.getFileName().toString(),
                    folder,
                    JsonText.object(Files.readString(folder.resolve("case.json"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String kind() {
        return String.valueOf(json.get("kind"));
    }

    @Override
    public String architecture() {
        return String.valueOf(json.getOrDefault("architecture", ""));
    }

    double tolerance() {
        return ((Number) json.get("tolerance")).doubleValue();
    }

    @Override
    public Map<String, Tensor> inputs() {
        return json.containsKey("inputs") ? tensors(folder.resolve("inputs.safetensors")) : Map.of();
    }

    @Override
    public Map<String, Tensor> outputs() {
        return tensors(folder.resolve("outputs.safetensors"));
    }

    /// Float64 becomes float32, as `diptych verify` reads it.
    static Map<String, Tensor> tensors(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, Tensor> tensors = new HashMap<>();
            file.tensors().forEach((name, stored) -> tensors.put(name, tensor(stored)));
            return tensors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tensor tensor(StoredTensor stored) {
        int count = (int) stored.elements();
        int[] shape = new int[stored.shape().length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = (int) stored.shape()[i];
        }
        return switch (stored.type()) {
            case I64 -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] =
                            stored.data()
                                    .get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 8L * i);
                }
                yield Tensor.ofLongs(values, shape);
            }
            case F64 -> {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] =
                            (float)
                                    stored.data()
                                            .get(
                                                    ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(
                                                            ByteOrder.LITTLE_ENDIAN),
                                                    8L * i);
                }
                yield Tensor.ofFloats(values, shape);
            }
            default -> {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] =
                            stored.data()
                                    .get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 4L * i);
                }
                yield Tensor.ofFloats(values, shape);
            }
        };
    }
}
