// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.plugin.PluginFolders;
import dev.diptych.engine.plugin.PluginHost;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a sampler's own arithmetic takes of a step: the time of the node less what its calls of the network took and waited. On a U-Net of diffusers with random
/// weights, through a server.
final class SamplingBenchmark implements Benchmark {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODEL = "bench/small";
    private static final String CLASS_NAME = "UNet2DModel";
    private static final int STEPS = 50;
    private static final int REPEATS = 5;

    /// Percent of a step.
    private static final double GOAL = 2;

    private static final List<String> METHODS =
            List.of("ddim", "ddpm", "euler", "heun", "dpm-solver", "dpm-solver-sde", "unipc", "pndm");

    /// 6.5 million parameters.
    private static final Map<String, Object> SMALL =
            Map.ofEntries(
                    Map.entry("_class_name", CLASS_NAME),
                    Map.entry("sample_size", 32),
                    Map.entry("in_channels", 3),
                    Map.entry("out_channels", 3),
                    Map.entry("block_out_channels", List.of(64, 128, 128)),
                    Map.entry("layers_per_block", 2),
                    Map.entry("down_block_types", List.of("DownBlock2D", "DownBlock2D", "AttnDownBlock2D")),
                    Map.entry("up_block_types", List.of("AttnUpBlock2D", "UpBlock2D", "UpBlock2D")),
                    Map.entry("attention_head_dim", 8),
                    Map.entry("norm_num_groups", 32));

    @Override
    public String name() {
        return "sampling";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        Checkout.require();
        List<Figure> figures = new ArrayList<>();
        try (Checkout.Scratch models = Checkout.Scratch.make();
                Checkout.Scratch data = Checkout.Scratch.make()) {
            writeModel(models.path().resolve(MODEL), data.path());
            try (ServerProcess server = ServerProcess.start(data.path(), "--models", models.path().toString())) {
                List<String> methods = isQuick ? METHODS.subList(0, 2) : METHODS;
                Map<String, Double> least = new LinkedHashMap<>();
                for (int i = 0; i <= (isQuick ? 0 : REPEATS); i++) { // the first one loads and compiles
                    for (String method : methods) {
                        least.merge(method, percent(server, method, isQuick ? 5 : STEPS), Math::min);
                    }
                }
                least.forEach((method, percent) ->
                        figures.add(Figure.atMost(GOAL, "arithmetic of a step, " + method, percent, "%")));
            }
        }
        return figures;
    }

    private static double percent(ServerProcess server, String method, int steps)
            throws IOException, InterruptedException {
        String body =
                """
                {"workflow": {"diptych": 1, "name": "sampling", "nodes": {
                   "sample": {"type": "diffusion/sample", "version": 1, "in": {
                     "model": {"value": "%s"}, "method": {"value": "%s"}, "steps": {"value": %d}, "seed": {"value": 1}}}},
                  "outputs": {"image": {"node": "sample", "out": "image"}}},
                 "options": {"cache": false}}
                """
                        .formatted(MODEL, method, steps);
        JsonNode job = server.awaitEnd(server.call("POST", "/jobs", body).path("id").asText(), Duration.ofMinutes(10));
        JsonNode node = job.path("nodes").path(0);
        if (!job.path("state").asText().equals("succeeded")) {
            throw new IOException("Sampling by " + method + " failed: " + job.path("problems"));
        }
        JsonNode devices = node.path("devices");
        double all = node.path("milliseconds").asDouble();
        double calls = devices.path("computedMilliseconds").asDouble() + devices.path("waitedMilliseconds").asDouble();
        return 100 * (all - calls) / all;
    }

    /// A folder as diffusers publishes it.
    ///
    /// @param scratch of the plugins
    private static void writeModel(Path folder, Path scratch) throws IOException {
        write(
                folder.resolve("model_index.json"),
                Map.of(
                        "_class_name",
                        "DDPMPipeline",
                        "unet",
                        List.of("diffusers", CLASS_NAME),
                        "scheduler",
                        List.of("diffusers", "DDPMScheduler")));
        write(
                folder.resolve("scheduler/scheduler_config.json"),
                Map.of(
                        "_class_name",
                        "DDPMScheduler",
                        "num_train_timesteps",
                        1000,
                        "beta_schedule",
                        "linear",
                        "beta_start",
                        0.0001,
                        "beta_end",
                        0.02));
        write(folder.resolve("unet/config.json"), SMALL);
        Path home = Path.of(System.getProperty("diptych.home"));
        try (PluginHost plugins = PluginHost.open(new PluginFolders(home, scratch, "0.1.0"))) {
            Network network =
                    new Architectures(plugins.extensions(Architecture.class))
                            .describe(CLASS_NAME, new Config("config.json", SMALL));
            try (RandomWeights weights = new RandomWeights(network);
                    OutputStream file =
                            Files.newOutputStream(folder.resolve("unet/diffusion_pytorch_model.safetensors"));
                    WritableByteChannel channel = Channels.newChannel(file)) {
                writeSafetensors(weights, channel);
            }
        }
    }

    private static void write(Path file, Map<String, ?> settings) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, JSON.writeValueAsBytes(settings));
    }

    private static void writeSafetensors(RandomWeights weights, WritableByteChannel file) throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (StoredTensor tensor : weights.tensors().values()) {
            long end = offset + tensor.data().byteSize();
            header.put(
                    tensor.name(),
                    Map.of("dtype", "F32", "shape", tensor.shape(), "data_offsets", List.of(offset, end)));
            offset = end;
        }
        byte[] json = JSON.writeValueAsBytes(header);
        file.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).flip());
        file.write(ByteBuffer.wrap(json));
        for (StoredTensor tensor : weights.tensors().values()) {
            file.write(tensor.data().asByteBuffer());
        }
    }
}
