// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings.Precision;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.StandaloneScope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Forward passes against PyTorch eager, and what a call costs beside them.
final class NetworksBenchmark implements Benchmark {
    private static final double MEGABYTE = 1 << 20;

    /// What a worker makes in its first minutes; then the code around libtorch is compiled.
    private static final int WARM_CALLS = 20_000;

    @Override
    public String name() {
        return "networks";
    }

    /// A network, its picture's side, and how many times PyTorch's time ours should be.
    private record Subject(BenchUNet.Size size, int side, double goal) {}

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        List<Subject> subjects =
                isQuick
                        ? List.of(new Subject(BenchUNet.Size.TINY, 16, 1.1))
                        : List.of(
                                new Subject(BenchUNet.Size.SMALL, 32, 1.1),
                                new Subject(BenchUNet.Size.MEDIUM, 32, 0.95),
                                new Subject(BenchUNet.Size.LARGE, 64, 0.95));
        List<Figure> figures = new ArrayList<>();
        try (Devices devices = BenchCalls.devices(Precision.FLOAT32);
                StandaloneScope scope =
                        new StandaloneScope("bench", true)) { // the peer's turns leave our threads alone
            figures.add(
                    Figure.atMost(300, "describe, emit and load, of Stable Diffusion's size", prepare(devices), "ms"));
            for (Subject subject : subjects) {
                forward(devices, scope, subject, isQuick, figures);
            }
            switching(devices, scope, figures);
            manyCalls(devices, scope, isQuick ? 300 : 10_000, figures);
        }
        return figures;
    }

    /// The least of some with fresh caches.
    private static double prepare(Devices warm) {
        warm.prepare(RandomWeights.of(BenchUNet.Size.TINY, "tiny")); // loads libtorch
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            try (Devices fresh = BenchCalls.devices(Precision.FLOAT32)) {
                fresh.all();
                long began = System.nanoTime();
                fresh.prepare(RandomWeights.of(BenchUNet.Size.STABLE_DIFFUSION, "stable diffusion"));
                best = Math.min(best, (System.nanoTime() - began) / 1e6);
            }
        }
        return best;
    }

    private static void forward(
            Devices devices, StandaloneScope scope, Subject subject, boolean isQuick, List<Figure> figures)
            throws IOException, InterruptedException {
        Model model = devices.model(RandomWeights.of(subject.size, subject.size.name()), scope);
        Map<String, Tensor> inputs = BenchCalls.inputs(1, 1, subject.side);
        double ours = Double.MAX_VALUE;
        double outside = Double.MAX_VALUE;
        double theirs = Double.MAX_VALUE;
        int rounds = isQuick ? 3 : 20;
        for (int i = 0; i < (isQuick ? 20 : WARM_CALLS); i++) {
            model.call("nothing", inputs);
        }
        try (PyTorchPeer peer = PyTorchPeer.start(subject.size, Runtime.getRuntime().availableProcessors())) {
            for (int i = 0; i < rounds; i++) {
                for (int j = 0; j < 3; j++) {
                    double before = inPrograms(devices);
                    double time = BenchCalls.time(model, "forward", inputs);
                    ours = Math.min(ours, time);
                    outside = Math.min(outside, time - (inPrograms(devices) - before));
                }
                Thread.sleep(20); // until the threads of the one do not spin any more
                for (int j = 0; peer != null && j < 3; j++) {
                    theirs = Math.min(theirs, peer.forward(1, subject.side, "float32"));
                }
                Thread.sleep(20);
            }
            String name = subject.size.name();
            Figure forward = Figure.of("forward, " + name + ", float32", ours, "ms");
            figures.add(peer == null ? forward : forward.against(theirs));
            if (peer != null) {
                figures.add(Figure.atLeast(subject.goal, "PyTorch eager's time to ours, " + name, theirs / ours, "x"));
            }
            figures.add(
                    Figure.atMost(
                            Math.max(100, 10 * ours), "outside libtorch per call, " + name, outside * 1000, "us"));
        }
    }

    /// Milliseconds.
    private static double inPrograms(Devices devices) {
        return devices.states().getFirst().counts().programNanos() / 1e6;
    }

    private static void switching(Devices devices, StandaloneScope scope, List<Figure> figures) {
        Model first = devices.model(RandomWeights.of(BenchUNet.Size.TINY, "first"), scope);
        Model second = devices.model(RandomWeights.of(BenchUNet.Size.TINY, "second"), scope);
        Map<String, Tensor> inputs = BenchCalls.inputs(1, 1, 16);
        double same = Double.MAX_VALUE;
        double other = Double.MAX_VALUE;
        for (int i = 0; i < 30; i++) {
            first.call(inputs);
            same = Math.min(same, BenchCalls.time(first, "forward", inputs));
            second.call(inputs);
            other = Math.min(other, BenchCalls.time(first, "forward", inputs));
        }
        figures.add(Figure.atMost(1, "switching between two resident models", Math.max(0, other - same), "ms"));
    }

    private static void manyCalls(Devices devices, StandaloneScope scope, int calls, List<Figure> figures)
            throws IOException {
        Model model = devices.model(RandomWeights.of(BenchUNet.Size.TINY, "first"), scope);
        for (int i = 0; i < calls / 5; i++) {
            model.call(BenchCalls.inputs(i, 1 + i % 3, 16));
        }
        double before = residentMegabytes();
        for (int i = 0; i < calls; i++) {
            model.call(BenchCalls.inputs(i, 1 + i % 3, 16));
        }
        figures.add(
                Figure.atMost(20, "memory that " + calls + " calls leave behind", residentMegabytes() - before, "MB"));
    }

    /// Without what Java manages.
    private static double residentMegabytes() throws IOException {
        System.gc();
        var memory = java.lang.management.ManagementFactory.getMemoryMXBean();
        long managed = memory.getHeapMemoryUsage().getCommitted() + memory.getNonHeapMemoryUsage().getCommitted();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.US_ASCII)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / MEGABYTE - managed / MEGABYTE;
            }
        }
        return Double.NaN;
    }
}
