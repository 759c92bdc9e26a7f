// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/// Runs benchmarks and prints their figures. Never fails for a figure: what a machine reaches is no error.
@Command(
        name = "bench",
        description =
                "Measures Diptych against its goals; each figure stands beside what the alternative took in the same run.",
        mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {
    private static List<Benchmark> all(int edits, int minutes) {
        return List.of(
                new GraphBenchmark(),
                new HttpBenchmark(),
                new EventsBenchmark(),
                new StartBenchmark(),
                new PngBenchmark(),
                new CrashBenchmark(),
                new NetworksBenchmark(),
                new BatchingBenchmark(),
                new LoadingBenchmark(),
                new SamplingBenchmark(),
                new EditsBenchmark(edits),
                new SoakBenchmark(Duration.ofMinutes(minutes)));
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            description =
                    "graph, http, events, start, png, crash, networks, batching, loading, sampling, edits, soak, or all.")
    private String name;

    @Option(names = "--quick", description = "Takes seconds; the figures then mean little.")
    private boolean isQuick;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description = "How long the benchmark \"soak\" works (default: ${DEFAULT-VALUE}).")
    private int minutes = SoakBenchmark.USUAL_MINUTES;

    @Option(
            names = "--edits",
            paramLabel = "N",
            description =
                    "Edits of each kind that the benchmark \"edits\" makes, at least 2 (default: ${DEFAULT-VALUE}).")
    private int edits = EditsBenchmark.USUAL;

    @Option(names = "--json", description = "Prints one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        List<Benchmark> all = all(edits, minutes);
        List<Benchmark> chosen = all.stream().filter(each -> name.equals("all") || each.name().equals(name)).toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "There is no benchmark \""
                            + name
                            + "\"; there are "
                            + all.stream().map(Benchmark::name).collect(Collectors.joining(", "))
                            + " and all.");
        }
        if (minutes < 1) {
            throw new ParameterException(spec.commandLine(), "--minutes " + minutes + ": at least 1 is needed.");
        }
        PrintWriter out = spec.commandLine().getOut();
        for (Benchmark benchmark : chosen) {
            for (Figure figure : benchmark.run(isQuick)) {
                out.println(json ? object(benchmark, figure) : line(benchmark, figure));
                out.flush();
            }
        }
        return 0;
    }

    private static String object(Benchmark benchmark, Figure figure) {
        ObjectNode object = JSON.createObjectNode();
        object.put("name", benchmark.name() + ": " + figure.name());
        object.put("value", figure.value());
        object.put("unit", figure.unit());
        object.put("goal", figure.goal());
        object.put("met", figure.met());
        if (figure.peer() != null) {
            object.put("peer", figure.peer());
        }
        return object.toString();
    }

    private static String line(Benchmark benchmark, Figure figure) {
        StringBuilder line = new StringBuilder();
        line.append(
                String.format(
                        Locale.ROOT,
                        "%-8s %-64s %10s %-6s",
                        benchmark.name(),
                        figure.name(),
                        Numbers.shown(figure.value()),
                        figure.unit()));
        if (figure.met() != null) {
            line.append(" goal ").append(figure.goal()).append(figure.met() ? "  met" : "  not met");
        }
        if (figure.peer() != null) {
            line.append("  peer ")
                    .append(Numbers.shown(figure.peer()))
                    .append(", ratio ")
                    .append(Numbers.shown(figure.value() / figure.peer()));
        }
        return line.toString();
    }
}
