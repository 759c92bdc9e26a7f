// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "WORKFLOW", description = "A workflow document, for example workflows/contact-sheet.json.")
    private Path workflow;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "NAME=VALUE",
            description =
                    "An input of the workflow; @FILE brings a file in. Repeated for one name it makes a list, and the workflow runs for each.")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = {"-n", "--count"},
            paramLabel = "COUNT",
            description = "Runs for this many seeds in sequence.")
    private @Nullable Integer count;

    @Option(names = "--seed", paramLabel = "SEED", description = "The first seed, for every input of type seed.")
    private @Nullable String seed;

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
            names = "--embed-workflow",
            description = "Writes the workflow into each PNG. Its inputs are not written: they may be secret.")
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

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (LocalEngine engine =
                LocalEngine.open(
                        models.added(Places.of(data, System.getenv())),
                        devices.settings(),
                        cache.bytes(),
                        shared -> shared)) {
            return run(engine);
        } catch (DocumentException e) {
            return problems(e.problems());
        } catch (NoSuchFileException e) {
            return error("There is no file " + e.getFile() + ".");
        } catch (IllegalArgumentException e) {
            return error(String.valueOf(e.getMessage()));
        } catch (NodeException e) {
            return error(e.getMessage() + e.next().map(next -> " " + next).orElse(""));
        }
    }

    private int run(LocalEngine engine) throws IOException, InterruptedException {
        WorkflowReader reader = new WorkflowReader(TypeReader.of(engine.plugins()), MAX_DOCUMENT_BYTES);
        Migrations.Upgraded upgraded =
                new Migrations(engine.plugins()).upgrade(reader.read(Files.readAllBytes(workflow)));
        WorkflowDocument document = upgraded.document();
        upgraded.notices().forEach(notice -> spec.commandLine().getErr().println(notice.text()));

        WorkflowFolder nested = new WorkflowFolder(folders(), reader);
        RunPlanner.Prepared prepared =
                new RunPlanner(
                                engine.plugins(),
                                new Planner(engine.plugins(), nested::find, Limits.DEFAULT),
                                new ModelNames(engine.models()::missing))
                        .prepare(document, given(document, engine), Set.copyOf(only));
        Plan plan = prepared.plan();
        InputChecker.CheckedInputs checked = prepared.inputs();

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
        int exit = report(result, new ResultFiles(out, format, embedsWorkflow ? withoutValues(document) : null));
        if (exit == 0 && !json) {
            RunAfterword afterword = new RunAfterword(document, checked.values(), givenFiles());
            afterword
                    .lines(model -> engine.models().has(model) ? engine.models().describe(model).summary() : null)
                    .forEach(progressOut::println);
            progressOut.flush();
        }
        return exit;
    }

    private RunOptions options(WorkflowDocument document) {
        RunOptions options = RunOptions.of("local", document.name());
        options = noCache ? options.withoutCache() : options;
        return deterministic ? options.inDeterministicMode() : options;
    }

    /// Names of the inputs that files were given for.
    private List<String> givenFiles() {
        return inputs.stream()
                .filter(each -> each.contains("=@"))
                .map(each -> each.substring(0, each.indexOf('=')))
                .toList();
    }

    /// The document as it is stored, without the defaults of its inputs.
    private static String withoutValues(WorkflowDocument document) {
        ObjectNode tree = new WorkflowWriter().tree(document);
        tree.path("inputs").forEach(input -> ((ObjectNode) input).remove("default"));
        return tree.toString();
    }

    private Map<String, JsonNode> given(WorkflowDocument document, LocalEngine engine) throws IOException {
        InputArguments arguments =
                new InputArguments(
                        document,
                        file -> {
                            byte[] bytes = Files.readAllBytes(file);
                            engine.images().read(bytes, file.toString());
                            return "asset:" + engine.assets().write(bytes);
                        });
        Map<String, JsonNode> values = arguments.parse(inputs);
        if (count != null || seed != null) {
            if (count != null && count < 1) {
                throw new IllegalArgumentException("-n " + count + ": at least 1 is needed.");
            }
            arguments.sweepSeeds(values, count == null ? 1 : count, seed == null ? null : Long.parseUnsignedLong(seed));
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

    private int report(RunResult result, ResultFiles files) throws IOException {
        ObjectNode written = JSON.createObjectNode();
        for (Map.Entry<String, TypedValue> output : result.outputs().entrySet()) {
            written.set(output.getKey(), files.write(output.getKey(), output.getValue()));
        }
        PrintWriter text = spec.commandLine().getOut();
        if (json) {
            ObjectNode object = JSON.createObjectNode();
            object.put("status", result.status().name().toLowerCase(Locale.ROOT));
            object.set("outputs", written);
            object.set("problems", JSON.valueToTree(result.problems()));
            text.println(object);
        } else {
            written.fields()
                    .forEachRemaining(output -> text.println(output.getKey() + ": " + shown(output.getValue())));
        }
        text.flush();
        return switch (result.status()) {
            case SUCCEEDED -> 0;
            case FAILED -> json ? 1 : problems(result.problems());
            case CANCELLED -> 130;
        };
    }

    private static String shown(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    private int problems(List<Problem> problems) {
        String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
        StringBuilder text = new StringBuilder(workflow + ": " + count);
        problems.forEach(problem -> text.append("\n  ").append(problem.text()));
        return error(text.toString());
    }

    private int error(String text) {
        spec.commandLine().getErr().println(text);
        spec.commandLine().getErr().flush();
        return 1;
    }
}
