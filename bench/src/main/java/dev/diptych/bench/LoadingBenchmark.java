// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings.Precision;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.SafetensorsFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// From a safetensors file that the system has in memory to the first forward pass.
final class LoadingBenchmark implements Benchmark {
    @Override
    public String name() {
        return "loading";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        int layers = isQuick ? 2 : 64;
        List<Figure> figures = new ArrayList<>();
        try (Checkout.Scratch folder = Checkout.Scratch.make()) {
            Path single = write(folder.path().resolve("single.safetensors"), layers, "F32", 4);
            load(single, layers, isQuick, figures);
            java.nio.file.Files.delete(single);
            Path half = write(folder.path().resolve("half.safetensors"), layers, "F16", 2);
            convert(half, layers, isQuick, figures);
        }
        return figures;
    }

    private static void load(Path file, int layers, boolean isQuick, List<Figure> figures) throws Exception {
        double mapped = Double.MAX_VALUE;
        double first = Double.MAX_VALUE;
        for (int i = 0; i < (isQuick ? 1 : 4); i++) {
            try (Devices devices = BenchCalls.devices(Precision.FLOAT32);
                    StandaloneScope scope = new StandaloneScope("bench")) {
                devices.prepare(source(file, layers));
                long began = System.nanoTime();
                try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                    opened.tensors().values().forEach(tensor -> tensor.data().byteSize());
                    mapped = Math.min(mapped, (System.nanoTime() - began) / 1e6);
                }
                Model model = devices.model(source(file, layers), scope);
                double beginning = BenchCalls.time(model, "forward", input());
                double steady = Double.MAX_VALUE;
                for (int j = 0; j < 3; j++) {
                    steady = Math.min(steady, BenchCalls.time(model, "forward", input()));
                }
                first = Math.min(first, beginning - steady);
            }
        }
        String size = size(layers * 4L);
        figures.add(Figure.atMost(60, size + " safetensors to mapped", mapped, "ms"));
        figures.add(Figure.atMost(400, size + " safetensors to first forward, without that itself", first, "ms"));
    }

    /// Of half the bytes; what one tensor takes in the same way is the conversion itself.
    private static void convert(Path file, int layers, boolean isQuick, List<Figure> figures) {
        double all = Double.MAX_VALUE;
        double one = Double.MAX_VALUE;
        for (int i = 0; i < (isQuick ? 1 : 4); i++) {
            one = Math.min(one, loadNanos(file, 1) / 1e6);
            all = Math.min(all, loadNanos(file, layers) / 1e6);
        }
        double bytes = layers * 4.0 * BenchLinears.WIDTH * BenchLinears.WIDTH;
        figures.add(Figure.of("float16 to float32 while loading " + size(layers * 2L), bytes / all / 1e6, "GB/s"));
        figures.add(Figure.atLeast(0.8, "the same to the bandwidth of a single tensor", one * layers / all, "x"));
    }

    private static long loadNanos(Path file, int layers) {
        try (Devices devices = BenchCalls.devices(Precision.FLOAT32);
                StandaloneScope scope = new StandaloneScope("bench")) {
            devices.prepare(source(file, layers));
            devices.model(source(file, layers), scope).call(input());
            return devices.states().getFirst().counts().loadNanos();
        }
    }

    private static Map<String, Tensor> input() {
        return Map.of("x", BenchCalls.random(1, 1, BenchLinears.WIDTH));
    }

    private static String size(long layerBytes) {
        return Math.round(layerBytes * BenchLinears.WIDTH * BenchLinears.WIDTH / 1e8) / 10.0 + " GB";
    }

    private static ComponentSource source(Path file, int layers) {
        return new ComponentSource(
                file + " " + layers,
                file.getFileName().toString(),
                "BenchLinears",
                () -> new Config("config.json", Map.of("layers", layers)),
                () -> new FirstTensors(SafetensorsFile.open(file), layers));
    }

    private static Path write(Path file, int layers, String type, int bytes) throws IOException {
        int width = BenchLinears.WIDTH;
        long each = (long) width * width * bytes;
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < layers; i++) {
            header.append(i == 0 ? "" : ",")
                    .append(
                            "\"layers.%d.weight\":{\"dtype\":\"%s\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]}"
                                    .formatted(i, type, width, width, i * each, (i + 1) * each));
        }
        header.append("}");
        while (header.length() % 8 != 0) {
            header.append(' ');
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(3);
        ByteBuffer layer = ByteBuffer.allocateDirect(Math.toIntExact(each)).order(ByteOrder.LITTLE_ENDIAN);
        while (layer.hasRemaining()) {
            float value = (float) random.nextDouble(-0.02, 0.02);
            if (bytes == 4) {
                layer.putFloat(value);
            } else {
                layer.putShort(Float.floatToFloat16(value));
            }
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, text.length);
            channel.write(length);
            channel.write(ByteBuffer.wrap(text));
            for (int i = 0; i < layers; i++) {
                layer.rewind();
                while (layer.hasRemaining()) {
                    channel.write(layer);
                }
            }
        }
        return file;
    }
}
