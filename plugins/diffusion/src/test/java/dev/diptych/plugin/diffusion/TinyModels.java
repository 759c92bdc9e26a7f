// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;
import dev.diptych.plugin.diffusion.adm.EncoderUNetModel;
import dev.diptych.plugin.diffusion.adm.SuperResModel;
import dev.diptych.plugin.diffusion.adm.UNetModel;
import dev.diptych.plugin.diffusion.network.UNet2DConditionModel;
import dev.diptych.plugin.diffusion.network.UNet2DModel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Networks of 8 x 8 pixels with random weights, written to a folder in their published layouts, on the processor.
final class TinyModels implements AutoCloseable {
    static final ModelReference DDPM = new ModelReference("ddpm");
    static final ModelReference GREY = new ModelReference("grey");
    static final ModelReference GUIDED = new ModelReference("guided");
    static final ModelReference CLASSES = new ModelReference("classes");
    static final ModelReference CLASSIFIER = new ModelReference("classifier");
    static final ModelReference ENCODER = new ModelReference("encoder");
    static final ModelReference TEXT = new ModelReference("text");
    static final ModelReference UPSAMPLER = new ModelReference("upsampler");

    /// Of a network that predicts v, since what random weights say of noise is magnified beyond all measure.
    static final Map<String, Object> DDPM_SCHEDULER =
            Map.of("_class_name", "DDPMScheduler", "prediction_type", "v_prediction");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Object> GUIDED_SETTINGS =
            Map.of(
                    "image_size",
                    8,
                    "in_channels",
                    3,
                    "model_channels",
                    32,
                    "num_res_blocks",
                    1,
                    "attention_resolutions",
                    List.of(2),
                    "channel_mult",
                    List.of(1, 1),
                    "use_scale_shift_norm",
                    true);

    private static final Map<String, Double> LOUDNESS = Map.of("conv_out.weight", 0.1, "out.3.weight", 20.0);

    private static final List<Architecture> ARCHITECTURES =
            List.of(
                    new UNet2DModel(),
                    new UNetModel(),
                    new EncoderUNetModel(),
                    new SuperResModel(),
                    new TinyEncoder(),
                    new UNet2DConditionModel());

    private final Devices devices =
            new Devices(
                    new Architectures(ARCHITECTURES),
                    new DeviceSettings(1, 1, DeviceSettings.Precision.FLOAT32, DeviceSettings.usual().bytes()));
    private final ModelProvider provider;
    private final StandaloneScope scope = new StandaloneScope("test");

    TinyModels(Path folder) throws IOException {
        pipeline(folder.resolve("ddpm"), unet(3), DDPM_SCHEDULER);
        pipeline(
                folder.resolve("grey"),
                unet(1),
                Map.of("_class_name", "DDIMScheduler", "prediction_type", "v_prediction"));
        network(
                folder.resolve("guided"),
                with(GUIDED_SETTINGS, "_class_name", "UNetModel", "out_channels", 6, "noise_schedule", "cosine"));
        network(
                folder.resolve("classes"),
                with(GUIDED_SETTINGS, "_class_name", "UNetModel", "out_channels", 3, "num_classes", 5));
        network(
                folder.resolve("classifier"),
                with(
                        GUIDED_SETTINGS,
                        "_class_name",
                        "EncoderUNetModel",
                        "out_channels",
                        4,
                        "pool",
                        "adaptive",
                        "num_heads",
                        2));
        network(folder.resolve("encoder"), Map.of("_class_name", "TinyEncoder"));
        network(folder.resolve("upsampler"), with(GUIDED_SETTINGS, "_class_name", "SuperResModel", "out_channels", 3));
        pipeline(
                folder.resolve("text"),
                with(
                        unet(3),
                        "_class_name",
                        "UNet2DConditionModel",
                        "cross_attention_dim",
                        8,
                        "down_block_types",
                        List.of("DownBlock2D", "CrossAttnDownBlock2D"),
                        "up_block_types",
                        List.of("CrossAttnUpBlock2D", "UpBlock2D")),
                Map.of("_class_name", "DDPMScheduler"));
        ModelHub hub = new ModelHub(List.of(ModelRoot.ofFolder(folder)), new FileDigests(null), new TokenizerFiles());
        provider = new InstalledModels(hub, new DeviceModels(hub, devices));
    }

    ModelProvider provider() {
        return provider;
    }

    Model model(ModelReference reference, String component) {
        return provider.model(reference, component, scope);
    }

    private static Map<String, Object> unet(int channels) {
        return with(
                Map.of(),
                "_class_name",
                "UNet2DModel",
                "in_channels",
                channels,
                "out_channels",
                channels,
                "block_out_channels",
                List.of(8, 16),
                "layers_per_block",
                1,
                "norm_num_groups",
                4,
                "attention_head_dim",
                8,
                "down_block_types",
                List.of("DownBlock2D", "AttnDownBlock2D"),
                "up_block_types",
                List.of("AttnUpBlock2D", "UpBlock2D"),
                "sample_size",
                8);
    }

    private static Map<String, Object> with(Map<String, Object> settings, Object... more) {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        for (int i = 0; i < more.length; i += 2) {
            all.put((String) more[i], more[i + 1]);
        }
        return all;
    }

    private static void pipeline(Path folder, Map<String, Object> unet, Map<String, Object> scheduler)
            throws IOException {
        Files.createDirectories(folder.resolve("scheduler"));
        Map<String, Object> index =
                Map.of(
                        "_class_name",
                        "DDPMPipeline",
                        "unet",
                        List.of("diffusers", unet.get("_class_name")),
                        "scheduler",
                        List.of("diffusers", scheduler.get("_class_name")));
        JSON.writeValue(folder.resolve("model_index.json").toFile(), index);
        JSON.writeValue(folder.resolve("scheduler/scheduler_config.json").toFile(), scheduler);
        network(folder.resolve("unet"), unet);
    }

    private static void network(Path folder, Map<String, Object> settings) throws IOException {
        Files.createDirectories(folder);
        JSON.writeValue(folder.resolve("config.json").toFile(), settings);
        Network network =
                new Architectures(ARCHITECTURES)
                        .describe(String.valueOf(settings.get("_class_name")), new Config("config.json", settings));
        Files.write(folder.resolve("model.safetensors"), weights(network));
    }

    /// Weights of layers normal by their width, those of norms 1, biases 0. U-Nets of diffusers speak softly, so that short inversions contract; classifiers judge firmly.
    private static byte[] weights(Network network) throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        int bytes = 0;
        for (Parameter parameter : network.parameters().values()) {
            int end = bytes + Math.toIntExact(4 * parameter.elements());
            header.put(
                    parameter.name(),
                    Map.of("dtype", "F32", "shape", parameter.shape(), "data_offsets", List.of(bytes, end)));
            bytes = end;
        }
        byte[] text = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + text.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(text.length).put(text);
        var generator = new Seed(7).generator();
        for (Parameter parameter : network.parameters().values()) {
            long[] shape = parameter.shape();
            int count = Math.toIntExact(parameter.elements());
            if (shape.length > 1) {
                double scale =
                        LOUDNESS.getOrDefault(parameter.name(), 1.0)
                                / Math.sqrt(Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact));
                for (float value : generator.normal(count).floats()) {
                    buffer.putFloat((float) (scale * value));
                }
            } else {
                for (int i = 0; i < count; i++) {
                    buffer.putFloat(parameter.name().endsWith("weight") ? 1 : 0);
                }
            }
        }
        return buffer.array();
    }

    @Override
    public void close() {
        scope.close();
        devices.close();
    }
}
