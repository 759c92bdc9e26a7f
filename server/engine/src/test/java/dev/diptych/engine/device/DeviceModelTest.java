// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.ModelFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

@SuppressWarnings("JavaLangClash")
class DeviceModelTest {
    @TempDir static Path folder;

    static DeviceThread device;
    static DeviceModel model;

    static final class Doubler extends Module {
        final Conv2d conv = new Conv2d(1, 1, 1);
    }

    public static final class Doubling implements Architecture {
        @Override
        public List<String> classNames() {
            return List.of("Doubling");
        }

        @Override
        public Network describe(Config config) {
            return Network.of(new Doubler())
                    .function(
                            "forward",
                            (module, f) -> {
                                var x = f.input("x", f.batch(), 1, f.size("height", 2), f.size("width"));
                                var steps = f.input("steps", SymbolType.INT64, f.batch());
                                var y = f.loop(3, module.conv.of(x), each -> each.plus(1));
                                f.output("y", y.plus(steps.toFloat().unsqueeze(1).spatial()));
                                f.output("numbers", f.range(f.batch().times(2)));
                            })
                    .function(
                            "square",
                            (module, f) -> {
                                var x = f.input("x", f.batch(), 1, 2, 2);
                                f.output("sum", module.conv.of(x.times(x)));
                            })
                    .network();
        }
    }

    @BeforeAll
    static void load() throws IOException {
        ByteBuffer weights = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(2).putFloat(0.5f);
        String header =
                "{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1],\"data_offsets\":[0,4]},\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text).put(weights.flip());
        Files.write(folder.resolve("diffusion_pytorch_model.safetensors"), file.array());
        Files.writeString(folder.resolve("config.json"), "{\"_class_name\": \"Doubling\"}");
        device = new DeviceThread("cpu", 1);
        model =
                DeviceModel.load(
                        device,
                        new Architectures(List.of(new Doubling())),
                        ModelFolder.open(folder, folder).component(ModelFolder.ONLY),
                        null,
                        NumberFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        model.close();
        device.close();
    }

    @Test
    void computes_what_was_described() {
        var outputs =
                model.call(
                        Map.of(
                                "x", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 1, 2, 1),
                                "steps", Tensor.ofLongs(new long[] {0, 100}, 2)));

        assertThat(outputs.get("y")).isEqualTo(Tensor.ofFloats(new float[] {5.5f, 7.5f, 109.5f, 111.5f}, 2, 1, 2, 1));
        assertThat(outputs.get("numbers")).isEqualTo(Tensor.ofLongs(new long[] {0, 1, 2, 3}, 4));
    }

    @Test
    void differentiates_an_output_by_an_input() {
        var gradient =
                model.gradient(
                        "square",
                        Map.of("x", Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 2, 2)),
                        "sum",
                        List.of("x"));

        assertThat(gradient.get("x")).isEqualTo(Tensor.ofFloats(new float[] {4, 8, 12, 16}, 1, 1, 2, 2));
    }

    @Test
    void refuses_a_shape_that_does_not_fit_and_names_the_input() {
        assertThatThrownBy(() ->
                        model.call(
                                Map.of(
                                        "x", Tensor.ofFloats(new float[3], 1, 1, 3, 1),
                                        "steps", Tensor.ofLongs(new long[1], 1))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"x\"")
                .hasMessageContaining("multiple of 2");
        assertThatThrownBy(() ->
                        model.call(
                                Map.of(
                                        "x", Tensor.ofFloats(new float[2], 1, 1, 2, 1),
                                        "steps", Tensor.ofLongs(new long[3], 3))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"steps\"");
    }
}
