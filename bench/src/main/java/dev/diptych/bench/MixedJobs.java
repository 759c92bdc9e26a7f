// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.bench.EditRunner.Request;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Jobs of three kinds on one decoder: a text becomes a picture, a picture its noise, two pictures the one between them. Through a server, as people who know
/// nothing of each other would ask for them; at once, against the sum of what each takes alone.
final class MixedJobs {
    private static final double GOAL = 0.7;
    private static final int REPEATS = 5;

    /// The short ones need more: the worker's code is still being compiled in the first.
    private static final int SHORT_REPEATS = 15;

    private static final String TINY = "tiny/unclip";
    private static final String BUNDLED = "portraits/unclip";

    private static final String INVERSION =
            """
            { "diptych": 1, "name": "inversion",
              "inputs": {"image": {"type": "image", "default": "asset:portraits/lion.png"}, "steps": {"type": "integer", "default": 50}, "model": {"type": "model"}},
              "nodes": {
                "z": {"type": "clip/encode-image", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}}},
                "noise": {"type": "unclip/invert", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "embedding": {"node": "z", "out": "embedding"}, "steps": {"input": "steps"}}}},
              "outputs": {"deviation": {"node": "noise", "out": "deviation"}} }
            """;

    private MixedJobs() {}

    /// On random weights, which the goal is about, and unless it is quick on the bundled model.
    static List<Figure> figures(boolean isQuick) throws Exception {
        Checkout.require();
        Path home = Path.of(System.getProperty("diptych.home"));
        Path models = home.resolve("server/app/src/test/resources/models");
        List<Figure> figures = new ArrayList<>();
        if (!Files.isDirectory(models)) {
            return figures; // an installation has no models of random weights
        }
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                ServerProcess server = ServerProcess.start(scratch.path(), "--models", models.toString());
                EditRunner runner = new EditRunner(server)) {
            Times tiny = measure(runner, requests(home, TINY, isQuick ? 10 : 50), isQuick ? 1 : SHORT_REPEATS);
            figures.add(Figure.atMost(GOAL, name(TINY), tiny.ratio(), "x"));
            if (!isQuick && Files.exists(home.resolve("plugins/portraits/models/unclip/model_index.json"))) {
                Times bundled = measure(runner, requests(home, BUNDLED, 25), REPEATS);
                figures.add(Figure.of(name(BUNDLED), bundled.ratio(), "x"));
            }
        }
        return figures;
    }

    private static String name(String model) {
        return "a text-to-image, an inversion and an interpolation at once to the sum of each alone, " + model;
    }

    private static List<Request> requests(Path home, String model, int steps) throws IOException {
        Map<String, Object> usual = Map.of("model", model, "steps", steps);
        Map<String, Object> between = Map.of("model", model, "steps", steps, "t", List.of(0.5));
        return List.of(
                new Request(EditRunner.workflow(home, "text-to-image"), usual),
                new Request(EditRunner.document(INVERSION), usual),
                new Request(EditRunner.workflow(home, "interpolation"), between));
    }

    /// The least of several rounds, in milliseconds.
    private record Times(double[] alone, double together) {
        double ratio() {
            return together / Arrays.stream(alone).sum();
        }
    }

    /// In turns, so that what else the machine does falls on both.
    private static Times measure(EditRunner runner, List<Request> requests, int repeats) throws Exception {
        double[] alone = new double[requests.size()];
        Arrays.fill(alone, Double.MAX_VALUE);
        double together = Double.MAX_VALUE;
        runner.runAnew(requests); // loads, and learns which batches pay
        for (int round = 0; round < repeats; round++) {
            for (int i = 0; i < alone.length; i++) {
                alone[i] = Math.min(alone[i], milliseconds(runner, List.of(requests.get(i))));
            }
            together = Math.min(together, milliseconds(runner, requests));
        }
        return new Times(alone, together);
    }

    private static double milliseconds(EditRunner runner, List<Request> requests) throws Exception {
        long began = System.nanoTime();
        runner.runAnew(requests);
        return (System.nanoTime() - began) / 1e6;
    }
}
