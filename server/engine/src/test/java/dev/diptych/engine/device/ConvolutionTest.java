// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

@SuppressWarnings("JavaLangClash")
class ConvolutionTest {
    private static final int CHANNELS = 24;
    private static final int SIDE = 8;

    @TempDir Path folder;

    static final class Sum extends Module {
        final Conv2d conv = new Conv2d(CHANNELS, CHANNELS, 3);
    }

    public static final class Summing implements Architecture {
        @Override
        public List<String> classNames() {
            return List.of("Summing");
        }

        @Override
        public Network describe(Config config) {
            return Network.of(new Sum())
                    .function(
                            "forward",
                            (module, f) -> f.output("y", module.conv.of(f.input("x", f.batch(), CHANNELS, SIDE, SIDE))))
                    .network();
        }
    }

    @Test
    void sums_all_channels_where_they_do_not_fill_whole_blocks() throws IOException {
        writeOnes();
        ModelComponent component = ModelFolder.open(folder, folder).component(ModelFolder.ONLY);
        ComponentSource source =
                new ComponentSource("ones", "ones", "Summing", () -> Architectures.config(component), component::open);
        try (Devices devices = new Devices(new Architectures(List.of(new Summing())), DeviceSettings.usual());
                StandaloneScope scope = new StandaloneScope("test")) {
            Model model = devices.model(source, scope);
            for (int value = 1; value <= 4; value++) {
                float[] pixels = new float[CHANNELS * SIDE * SIDE];
                Arrays.fill(pixels, value);
                Map<String, Tensor> inputs = Map.of("x", Tensor.ofFloats(pixels, 1, CHANNELS, SIDE, SIDE));

                Tensor sums = model.call(inputs).get("y");
                Tensor gradient = model.gradient("forward", inputs, "y", List.of("x")).get("x");

                for (int channel = 0; channel < CHANNELS; channel++) {
                    int corner = channel * SIDE * SIDE;
                    assertThat(sums.floats()[corner]).isEqualTo(4f * CHANNELS * value);
                    assertThat(sums.floats()[corner + SIDE + 1]).isEqualTo(9f * CHANNELS * value);
                    assertThat(gradient.floats()[corner]).isEqualTo(4f * CHANNELS);
                    assertThat(gradient.floats()[corner + SIDE + 1]).isEqualTo(9f * CHANNELS);
                }
            }
        }
    }

    private void writeOnes() throws IOException {
        int weights = CHANNELS * CHANNELS * 9;
        String header =
                "{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[24,24,3,3],\"data_offsets\":[0,%d]},"
                                .formatted(4 * weights)
                        + "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[24],\"data_offsets\":[%d,%d]}}"
                                .formatted(4 * weights, 4 * weights + 4 * CHANNELS);
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file =
                ByteBuffer.allocate(8 + text.length + 4 * weights + 4 * CHANNELS).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        for (int i = 0; i < weights; i++) {
            file.putFloat(1);
        }
        Files.write(folder.resolve("diffusion_pytorch_model.safetensors"), file.array());
        Files.writeString(folder.resolve("config.json"), "{\"_class_name\": \"Summing\"}");
    }
}
