// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.execution.NodePool;
import dev.diptych.engine.execution.RunListener;
import dev.diptych.engine.execution.RunOptions;
import dev.diptych.engine.execution.RunResult;
import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.engine.graph.InputChecker;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// What the engine itself takes: reading, planning, running, with records and events, cache on disk included. The nodes do
/// nothing.
final class GraphBenchmark implements Benchmark {
    private static final int SMALL = 500;
    private static final int LARGE = 5000;

    private long salt = System.nanoTime() & 0xffff_ffffL;

    @Override
    public String name() {
        return "graph";
    }

    /// The engine as a worker has it.
    private record Engine(WorkflowExecutor executor, NodePool pool, ResultCache cache) {
        /// Until the run has ended and every record was told.
        ///
        /// @param isKnown whether the cache is to answer every node; it is to answer none otherwise
        void run(String text, boolean isKnown) {
            WorkflowReader reader = new WorkflowReader(TypeReader.of(executor.library()), Integer.MAX_VALUE);
            WorkflowDocument document = reader.read(text);
            InputChecker.CheckedInputs inputs = new InputChecker().check(document, Map.of());
            Plan plan =
                    new Planner(executor.library(), _ -> Optional.empty(), Limits.DEFAULT)
                            .plan(document, Set.of(), inputs.types());
            Told told = new Told();
            RunResult result =
                    executor.start(plan, inputs.values(), RunOptions.of("bench", document.name()), told)
                            .result()
                            .join();
            if (result.status() != RunResult.Status.SUCCEEDED || told.records.get() != plan.nodes().size()) {
                throw new IllegalStateException("The run ended as " + result.status() + " " + result.problems());
            }
            if (told.cached.get() != (isKnown ? plan.nodes().size() : 0)) {
                throw new IllegalStateException(
                        "The cache answered "
                                + told.cached
                                + " of "
                                + plan.nodes().size()
                                + " nodes of "
                                + document.name());
            }
        }
    }

    private static final class Told implements RunListener {
        private final AtomicInteger records = new AtomicInteger();
        private final AtomicInteger starts = new AtomicInteger();
        private final AtomicInteger cached = new AtomicInteger();

        @Override
        public void nodeStarted(String node) {
            starts.incrementAndGet();
        }

        @Override
        public void nodeEnded(NodeRecord record) {
            cached.addAndGet(record.cached());
            records.incrementAndGet();
        }
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        int repeats = isQuick ? 1 : 7;
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                NodePool pool = new NodePool(Runtime.getRuntime().availableProcessors());
                ResultCache cache = ResultCache.open(scratch.path(), 256L << 20, 1L << 30)) {
            Literals literals = new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
            Engine engine =
                    new Engine(
                            new WorkflowExecutor(new Nothing(), cache, pool, ModelProvider.none(), literals, "bench"),
                            pool,
                            cache);
            if (!isQuick) {
                for (Nothing.Shape shape : Nothing.Shape.values()) {
                    for (int i = 0; i < 20; i++) {
                        engine.run(Nothing.document(shape, SMALL, salt++), false);
                    }
                }
            }
            List<Figure> figures = measure(engine, repeats, isQuick);
            figures.add(Figure.of("syncs of an unchanged job of 100 nodes on a server", syncs(), "syncs"));
            return figures;
        }
    }

    /// What the times above leave out, since it is the disk's: the commits of the store for a job whose results are all known.
    private static double syncs() throws Exception {
        StringBuilder nodes =
                new StringBuilder(
                        "\"n0\":{\"type\":\"image/filled\",\"version\":1,\"in\":{\"width\":{\"value\":8},\"height\":{\"value\":8}}}");
        for (int i = 1; i < 99; i++) {
            nodes.append(
                    ",\"n%d\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"node\":\"n%d\",\"out\":\"image\"}}}"
                            .formatted(i, i - 1));
        }
        String last = "{\"node\":\"n98\",\"out\":\"image\"}";
        nodes.append(
                ",\"n99\":{\"type\":\"image/compare\",\"version\":1,\"in\":{\"before\":%s,\"after\":%s}}"
                        .formatted(last, last));
        String body =
                "{\"workflow\":{\"diptych\":1,\"name\":\"hundred\",\"nodes\":{"
                        + nodes
                        + "},\"outputs\":{\"psnr\":{\"node\":\"n99\",\"out\":\"psnr\"}}}}";
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                ServerProcess server = ServerProcess.start(scratch.path())) {
            runWhole(server, body);
            long before = commits(server);
            runWhole(server, body);
            return commits(server) - before;
        }
    }

    private static void runWhole(ServerProcess server, String body) throws IOException, InterruptedException {
        String id = server.call("POST", "/jobs", body).path("id").asText();
        JsonNode job = server.awaitEnd(id, Duration.ofMinutes(2));
        if (!job.path("state").asText().equals("succeeded")) {
            throw new IOException("The workflow does not run: " + job);
        }
    }

    private static long commits(ServerProcess server) throws IOException, InterruptedException {
        return server.text("/metrics")
                .lines()
                .filter(line -> line.startsWith("diptych_store_commits_total "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    private List<Figure> measure(Engine engine, int repeats, boolean isQuick) {
        Map<Nothing.Shape, Double> small = new EnumMap<>(Nothing.Shape.class);
        Map<Nothing.Shape, Double> large = new EnumMap<>(Nothing.Shape.class);
        double thousand = Double.MAX_VALUE;
        double againHundred = Double.MAX_VALUE;
        double againThousand = Double.MAX_VALUE;
        String hundredText = Nothing.document(Nothing.Shape.CHAIN, 100, salt++);
        String thousandText = Nothing.document(Nothing.Shape.CHAIN, 1000, salt++);
        engine.run(hundredText, false);
        engine.run(thousandText, false);
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (Nothing.Shape shape : Nothing.Shape.values()) {
                small.merge(shape, milliseconds(engine, Nothing.document(shape, SMALL, salt++), false), Math::min);
                large.merge(
                        shape,
                        milliseconds(engine, Nothing.document(shape, isQuick ? LARGE / 5 : LARGE, salt++), false),
                        Math::min);
            }
            thousand =
                    Math.min(
                            thousand, milliseconds(engine, Nothing.document(Nothing.Shape.CHAIN, 1000, salt++), false));
            for (int i = 0; i < 5; i++) {
                againHundred = Math.min(againHundred, milliseconds(engine, hundredText, true));
                againThousand = Math.min(againThousand, milliseconds(engine, thousandText, true));
            }
        }
        List<Figure> figures = new ArrayList<>();
        small.forEach((shape, time) -> {
            if (shape != Nothing.Shape.DIAMOND) {
                figures.add(
                        Figure.atMost(
                                50,
                                "overhead of a node, " + shape.name().toLowerCase(java.util.Locale.ROOT),
                                time * 1000 / SMALL,
                                "us"));
            }
        });
        large.forEach((shape, time) ->
                figures.add(
                        Figure.atMost(
                                12,
                                "growth t(5000)/t(500), " + shape.name().toLowerCase(java.util.Locale.ROOT),
                                time / java.util.Objects.requireNonNull(small.get(shape)) * (isQuick ? 5 : 1),
                                "x")));
        figures.add(Figure.atMost(50, "chain of 1000 nodes", thousand, "ms"));
        figures.add(Figure.atMost(2, "unchanged workflow of 100 nodes again", againHundred, "ms"));
        figures.add(Figure.atMost(10, "unchanged workflow of 1000 nodes again", againThousand, "ms"));
        return figures;
    }

    /// What an earlier run left to be written is written first: nobody waits for it, and it would take the processor from the next.
    private static double milliseconds(Engine engine, String document, boolean isKnown) {
        engine.cache.flush();
        long began = System.nanoTime();
        engine.run(document, isKnown);
        return (System.nanoTime() - began) / 1e6;
    }
}
