// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.SafetensorsFile;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/// Holds a network against what its reference implementation computed: a folder with `case.json`, `model/` (`config.json`, safetensors), `inputs.safetensors` and
/// `outputs.safetensors`. Runs on the processor, in float32.
public final class NetworkParity {
    private NetworkParity() {}

    /// Calls the function `forward` with all inputs of the case.
    ///
    /// @throws AssertionError if an output is missing, or further from the reference's than the case tolerates
    public static void check(Path folder, Architecture... architectures) {
        check(folder, (model, inputs) -> model.call(inputs), architectures);
    }

    /// As [#check(Path, Architecture...)], with other calls.
    public static void check(Path folder, Call call, Architecture... architectures) {
        try {
            JsonNode test = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
            String architecture = test.get("architecture").asText();
            Path checkpoint = folder.resolve(test.get("checkpoint").asText());
            Map<String, Tensor> inputs = tensors(folder.resolve(test.get("inputs").asText()));
            Map<String, Tensor> expected = tensors(folder.resolve(test.get("outputs").asText()));
            ModelComponent component = ModelFolder.open(checkpoint, checkpoint).component(ModelFolder.ONLY);
            ComponentSource source =
                    new ComponentSource(
                            folder.toString(),
                            folder.toString(),
                            architecture.substring(architecture.lastIndexOf('/') + 1),
                            () -> Architectures.config(component),
                            component::open);
            try (Devices devices =
                            new Devices(
                                    new Architectures(List.of(architectures)),
                                    DeviceSettings.usual().withPrecision(DeviceSettings.Precision.FLOAT32));
                    StandaloneScope scope = new StandaloneScope("test")) {
                Model model = devices.model(source, scope);
                Map<String, Tensor> outputs = call.of(model, inputs);
                expected.forEach((name, tensor) ->
                        compare(folder + ", " + name, outputs.get(name), tensor, test.get("tolerance").asDouble()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What is computed for a case.
    public interface Call {
        Map<String, Tensor> of(Model model, Map<String, Tensor> inputs);
    }

    private static void compare(
            String place, @org.jspecify.annotations.Nullable Tensor found, Tensor expected, double tolerance) {
        if (found == null || !Arrays.equals(found.shape(), expected.shape())) {
            throw new AssertionError(place + ": " + found + " instead of " + expected);
        }
        double error = 0;
        double most = 0;
        for (int i = 0; i < expected.length(); i++) {
            double wanted = expected.floats()[i];
            error = Math.max(error, Math.abs(found.floats()[i] - wanted));
            most = Math.max(most, Math.abs(wanted));
            if (Float.isNaN(found.floats()[i])) {
                throw new AssertionError(place + ": element " + i + " is no number");
            }
        }
        if (error > tolerance * most) {
            throw new AssertionError(
                    place
                            + ": relative error "
                            + error / most
                            + " is above "
                            + tolerance
                            + " (largest element "
                            + most
                            + ")");
        }
    }

    /// The tensors of a safetensors file of float32 and int64.
    public static Map<String, Tensor> tensors(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            Function<StoredTensor, Tensor> read = NetworkParity::read;
            stored.tensors().forEach((name, tensor) -> tensors.put(name, read.apply(Objects.requireNonNull(tensor))));
        }
        return tensors;
    }

    private static Tensor read(StoredTensor stored) {
        int[] shape = Arrays.stream(stored.shape()).mapToInt(Math::toIntExact).toArray();
        return switch (stored.type()) {
            case F32 -> Tensor.ofFloats(stored.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), shape);
            case I64 -> Tensor.ofLongs(stored.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED), shape);
            default -> throw new IllegalArgumentException(stored.name() + " is " + stored.type());
        };
    }
}
