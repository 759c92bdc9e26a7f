// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;
import dev.diptych.engine.execution.Run;
import dev.diptych.engine.execution.RunOptions;
import dev.diptych.engine.execution.RunResult;
import dev.diptych.engine.graph.InputChecker;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.engine.graph.ModelNames;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.graph.RunPlanner;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.server.config.Places;
import dev.diptych.server.option.SeedText;
import dev.diptych.server.option.WholeNumber;
import dev.diptych.server.terminal.ProgressLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/// Runs a workflow in this process, with the data folder's cache and without its queue.
@Command(
        name = "run",
        description = "Runs a workflow and writes its results into a folder.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private static final int MAX_DOCUMENT_BYTES = 16 << 20;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "WORKFLOW", description = "A workflow document, for example workflows/contact-sheet.json.")
    private Path workflow;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "NAME=VALUE",
            description =
                    "An input of the workflow; @FILE brings a file in, and @@ begins a text with @. "
                            + "Repeated for one name it makes a list, and the workflow runs for each.")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = {"-n", "--count"},
            paramLabel = "COUNT",
            converter = WholeNumber.Runs.class,
            description = "Runs for this many seeds in sequence, 1 to 10000.")
    private @Nullable Integer count;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            converter = SeedText.class,
            description = "The first seed, for every input of type seed.")
    private @Nullable Seed seed;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            defaultValue = "out",
            description = "Where the results go (default: out).")
    private Path out;

    @Option(names = "--only", paramLabel = "OUTPUT", description = "Computes this output only; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "png",
            description = "png or jpeg: how pictures are written (default: png, which loses nothing).")
    private ResultFiles.Format format = ResultFiles.Format.png;

    @Option(
            names = "--quality",
            paramLabel = "PERCENT",
            defaultValue = "92",
            converter = WholeNumber.Percent.class,
            description = "How good a jpeg is, 1 to 100 (default: ${DEFAULT-VALUE}).")
    private int quality;

    @Option(
            names = "--embed-workflow",
            description =
                    "Writes the workflow into each PNG, with every value that is written in its nodes. "
                            + "Inputs are left out, those given and their defaults: they may be secret.")
    private boolean embedsWorkflow;

    @Option(names = "--no-cache", description = "Runs every node, also those whose result is known.")
    private boolean noCache;

    @Option(
            names = "--deterministic",
            description = "Gives the same bits each time: calls of models are not joined, which takes longer.")
    private boolean deterministic;

    @Option(names = "--json", description = "Prints one JSON object about the run instead of text.")
    private boolean json;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data folder (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    @Mixin private ModelFolders models = new ModelFolders();
    @Mixin private DeviceOptions devices = new DeviceOptions();
    @Mixin private CacheOptions cache = new CacheOptions();
    @Mixin private PictureOptions pictures = new PictureOptions();

    @Override
    public Integer call() throws InterruptedException {
        RunReport report = new RunReport(workflow, json, spec.commandLine().getOut(), spec.commandLine().getErr());
        try {
            if (embedsWorkflow && format != ResultFiles.Format.png) {
                throw new IllegalArgumentException(
                        "--embed-workflow is for PNG, the only format that holds a workflow. Leave it out, or --format "
                                + format
                                + ".");
            }
            byte[] text = text();
            try (LocalEngine engine =
                    LocalEngine.open(
                            models.added(Places.of(data, System.getenv())),
                            devices.settings(),
                            cache.bytes(),
                            pictures.maxPixels(),
                            shared -> shared)) {
                return run(text, engine, report);
            }
        } catch (DocumentException e) {
            return report.refused(e.problems());
        } catch (IOException | IllegalArgumentException | NodeException e) {
            return report.refused(ErrorText.problem(e));
        }
    }

    private byte[] text() throws IOException {
        if (Files.isDirectory(workflow)) {
            throw new IllegalArgumentException(workflow + " is a folder. Name one of the documents in it.");
        }
        return Files.readAllBytes(workflow);
    }

    private int run(byte[] text, LocalEngine engine, RunReport report) throws IOException, InterruptedException {
        WorkflowReader reader = new WorkflowReader(TypeReader.of(engine.plugins()), MAX_DOCUMENT_BYTES);
        Migrations.Upgraded upgraded = new Migrations(engine.plugins()).upgrade(reader.read(text));
        WorkflowDocument document = upgraded.document();
        InputArguments arguments = arguments(document, engine);
        RunPlanner.Prepared prepared = prepared(upgraded, given(arguments), reader, engine);
        Plan plan = prepared.plan();
        InputChecker.CheckedInputs checked = prepared.inputs();
        ResultFiles files = new ResultFiles(out, format, quality, embedsWorkflow ? withoutValues(document) : null);

        boolean isTerminal = System.console() != null && System.console().isTerminal() && !json;
        PrintWriter progressOut = spec.commandLine().getErr();
        ProgressLine progress = new ProgressLine(progressOut, isTerminal, plan.nodes().size());
        Run run = engine.executor().start(plan, checked.values(), options(document), progress);
        Thread cancel =
                new Thread(() -> {
                    run.cancel();
                    run.result().join();
                });
        Runtime.getRuntime().addShutdownHook(cancel);
        RunResult result = run.result().join();
        progress.finish();
        try {
            Runtime.getRuntime().removeShutdownHook(cancel);
        } catch (IllegalStateException e) {
            return 130; // the hook is running: this process was asked to end
        }
        ObjectNode written = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, TypedValue> output : result.outputs().entrySet()) {
            written.set(output.getKey(), files.write(output.getKey(), output.getValue()));
        }
        int exit = report.ended(result, written);
        if (exit == 0 && !json) {
            RunAfterword afterword = new RunAfterword(document, checked.values(), arguments.namesWithFiles());
            afterword
                    .lines(model -> engine.models().has(model) ? engine.models().describe(model).summary() : null)
                    .forEach(progressOut::println);
            progressOut.flush();
        }
        return exit;
    }

    private RunPlanner.Prepared prepared(
            Migrations.Upgraded upgraded, Map<String, JsonNode> given, WorkflowReader reader, LocalEngine engine) {
        WorkflowFolder nested = new WorkflowFolder(folders(), reader);
        RunPlanner planner =
                new RunPlanner(
                        engine.plugins(),
                        new Planner(engine.plugins(), nested::find, Limits.DEFAULT),
                        new ModelNames(engine.models()::missing));
        Set<Problem> notices = new LinkedHashSet<>(upgraded.notices());
        try {
            return planner.prepare(upgraded.document(), given, Set.copyOf(only));
        } catch (DocumentException e) {
            e.problems().forEach(notices::remove); // told as the reason of the refusal
            throw e;
        } finally {
            notices.forEach(notice -> spec.commandLine().getErr().println(notice.text()));
        }
    }

    private RunOptions options(WorkflowDocument document) {
        RunOptions options = RunOptions.of("local", document.name());
        options = noCache ? options.withoutCache() : options;
        return deterministic ? options.inDeterministicMode() : options;
    }

    /// The document as it is stored, without the defaults of its inputs.
    private static String withoutValues(WorkflowDocument document) {
        ObjectNode tree = new WorkflowWriter().tree(document);
        tree.path("inputs").forEach(input -> ((ObjectNode) input).remove("default"));
        return tree.toString();
    }

    private static InputArguments arguments(WorkflowDocument document, LocalEngine engine) {
        return new InputArguments(
                document,
                file -> {
                    byte[] bytes = Files.readAllBytes(file);
                    engine.images().read(bytes, file.toString());
                    return "asset:" + engine.assets().write(bytes);
                });
    }

    private Map<String, JsonNode> given(InputArguments arguments) throws IOException {
        Map<String, JsonNode> values = arguments.parse(inputs);
        if (count != null || seed != null) {
            arguments.sweepSeeds(values, count == null ? 1 : count, seed);
        }
        return values;
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        Path beside = workflow.toAbsolutePath().getParent();
        if (beside != null) {
            folders.add(beside);
        }
        Path home = Places.of(data, System.getenv()).home();
        if (home != null) {
            folders.add(home.resolve("workflows"));
        }
        return folders;
    }
}
