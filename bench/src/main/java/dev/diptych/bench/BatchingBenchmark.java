// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings.Precision;
import dev.diptych.engine.device.DeviceState;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.StandaloneScope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Eight jobs at once on one model, against one after the other; and three of different kinds.
final class BatchingBenchmark implements Benchmark {
    private static final int JOBS = 8;

    @Override
    public String name() {
        return "batching";
    }

    /// @param goals of the throughput in float32 and in bfloat16
    private record Subject(BenchUNet.Size size, int side, int steps, double goal, double fastGoal) {}

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        List<Subject> subjects =
                isQuick
                        ? List.of(new Subject(BenchUNet.Size.TINY, 16, 10, 2.2, 3))
                        : List.of(
                                new Subject(BenchUNet.Size.TINY, 16, 100, 2.2, 3),
                                new Subject(BenchUNet.Size.SMALL, 32, 30, 1.2, 1.5),
                                new Subject(BenchUNet.Size.LARGE, 64, 6, 0.97, 0.97));
        List<Figure> figures = new ArrayList<>();
        for (Precision precision : isQuick ? List.of(Precision.FLOAT32) : List.of(Precision.FLOAT32, Precision.FAST)) {
            for (Subject subject : subjects) {
                measure(subject, precision, isQuick ? 1 : 3, figures);
            }
        }
        figures.addAll(MixedJobs.figures(isQuick));
        return figures;
    }

    /// When the first step of each job was there, and when its last, in milliseconds after the beginning of all.
    private record Times(double[] first, double[] last, double all) {}

    private static void measure(Subject subject, Precision precision, int repeats, List<Figure> figures)
            throws Exception {
        try (Devices devices = BenchCalls.devices(precision);
                StandaloneScope scope = new StandaloneScope("bench")) {
            Model model = devices.model(RandomWeights.of(subject.size, subject.size.name()), scope);
            model.call(BenchCalls.inputs(0, 1, subject.side));
            double serial = Double.MAX_VALUE;
            Times together = concurrent(devices, subject); // learns
            for (int i = 0; i < repeats; i++) {
                serial = Math.min(serial, serial(model, subject));
                Times next = concurrent(devices, subject);
                together = i == 0 || next.all < together.all ? next : together;
            }
            String format =
                    devices.states().getFirst().resident().stream()
                            .map(name -> name.replaceAll(".*\\((.*)\\)", "$1"))
                            .findFirst()
                            .orElse("");
            if (precision == Precision.FAST && format.equals("float32")) {
                figures.add(Figure.of("bfloat16 is no faster here, " + subject.size.name(), 1, "x"));
                return;
            }
            String name = subject.size.name() + ", " + format;
            double gain = serial / together.all;
            double full = fullBatch(model, subject);
            figures.add(
                    Figure.atLeast(
                            precision == Precision.FAST ? subject.fastGoal : subject.goal,
                            JOBS + " jobs at once to one after the other, " + name,
                            gain,
                            "x"));
            if (gain >= 1.15) {
                figures.add(
                        Figure.atMost(
                                2,
                                "latest first step of a job, in full batches, " + name,
                                Arrays.stream(together.first).max().orElse(0) / full,
                                "x"));
            } else {
                double firstInFirstOut = serial / JOBS * (JOBS + 1) / 2;
                figures.add(
                        Figure.atMost(
                                1.02,
                                "mean completion to first-in-first-out, " + name,
                                Arrays.stream(together.last).average().orElse(0) / firstInFirstOut,
                                "x"));
            }
            bookkeeping(devices, subject, full, name, figures);
        }
    }

    private static double serial(Model model, Subject subject) {
        long began = System.nanoTime();
        for (int job = 0; job < JOBS; job++) {
            for (int step = 0; step < subject.steps; step++) {
                model.call(BenchCalls.inputs(job * 1000L + step, 1, subject.side));
            }
        }
        return (System.nanoTime() - began) / 1e6;
    }

    private static Times concurrent(Devices devices, Subject subject) throws Exception {
        double[] first = new double[JOBS];
        double[] last = new double[JOBS];
        CountDownLatch ready = new CountDownLatch(JOBS);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<?>> jobs = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(JOBS)) {
            long[] began = new long[1];
            for (int i = 0; i < JOBS; i++) {
                int job = i;
                jobs.add(
                        threads.submit(() -> {
                            try (StandaloneScope scope = new StandaloneScope("owner " + job)) {
                                Model model = devices.model(RandomWeights.of(subject.size, subject.size.name()), scope);
                                ready.countDown();
                                go.await();
                                for (int step = 0; step < subject.steps; step++) {
                                    model.call(BenchCalls.inputs(job * 1000L + step, 1, subject.side));
                                    if (step == 0) {
                                        first[job] = (System.nanoTime() - began[0]) / 1e6;
                                    }
                                }
                                last[job] = (System.nanoTime() - began[0]) / 1e6;
                                return true;
                            }
                        }));
            }
            ready.await();
            began[0] = System.nanoTime();
            go.countDown();
            for (Future<?> job : jobs) {
                job.get();
            }
            return new Times(first, last, (System.nanoTime() - began[0]) / 1e6);
        }
    }

    private static double fullBatch(Model model, Subject subject) {
        Map<String, Tensor> inputs = BenchCalls.inputs(5, JOBS, subject.side);
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            best = Math.min(best, BenchCalls.time(model, "forward", inputs));
        }
        return best;
    }

    /// What putting together and taking apart costs: the time of a call that computes nothing, by eight at once instead of one with eight rows.
    private static void bookkeeping(Devices devices, Subject subject, double full, String name, List<Figure> figures)
            throws Exception {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            DeviceState.Counts before = devices.states().getFirst().counts();
            List<Future<?>> calls = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(JOBS)) {
                for (int j = 0; j < JOBS; j++) {
                    int job = j;
                    calls.add(
                            threads.submit(() -> {
                                try (StandaloneScope scope = new StandaloneScope("bench")) {
                                    Model model =
                                            devices.model(RandomWeights.of(subject.size, subject.size.name()), scope);
                                    for (int step = 0; step < 50; step++) {
                                        model.call("nothing", BenchCalls.inputs(job, 1, subject.side));
                                    }
                                    return true;
                                }
                            }));
                }
                for (Future<?> call : calls) {
                    call.get();
                }
            }
            DeviceState.Counts after = devices.states().getFirst().counts();
            best =
                    Math.min(
                            best,
                            (after.busyNanos() - before.busyNanos()) / 1e3 / (after.batches() - before.batches()));
        }
        figures.add(
                Figure.atMost(Math.min(150, Math.max(20, full * 10)), "bookkeeping of a batch, " + name, best, "us"));
    }
}
