// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.conformance.CasePlace;
import dev.diptych.engine.model.conformance.SuppliedContext;
import dev.diptych.engine.model.conformance.Verdict;
import dev.diptych.engine.model.conformance.Verifier;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.server.config.Places;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.regex.PatternSyntaxException;

/// Holds Diptych and its plugins against what reference implementations have computed.
@Command(
        name = "verify",
        description = {
            "Runs conformance cases: holds networks, solvers, noise and tokenizers against what their references have computed.",
            "A case is a folder with a case.json, at any depth. Each prints one line: name, kind, largest error, tolerance, pass or fail or unsupported, and the reason,"
                    + " separated by tabs. The exit code is 0 only if all pass."
        },
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "A folder with cases below it.")
    private Path folder;

    @Option(
            names = "--filter",
            paramLabel = "GLOB",
            description =
                    "Runs these cases only. Without a slash it stands for any one part of a case's name (noise, sd*), with one for the whole name (unet/*, **/decoder).")
    private @Nullable String filter;

    @Option(names = "--json", description = "Prints one JSON object a line.")
    private boolean json;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data folder (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    @Override
    public Integer call() throws IOException {
        List<CasePlace> cases = cases();
        PrintWriter out = spec.commandLine().getOut();
        Map<Verdict.Result, Integer> counts = new EnumMap<>(Verdict.Result.class);
        try (PluginHost plugins = PluginHost.open(LocalEngine.pluginFolders(Places.of(data, System.getenv())));
                CaseNetworks networks = new CaseNetworks(new Architectures(plugins.extensions(Architecture.class)))) {
            SuppliedContext context =
                    new SuppliedContext(networks::model, networks::node, new TokenizerFiles(), plugins::vocabulary);
            Verifier verifier = new Verifier(plugins.extensions(CaseRunner.class), context);
            for (CasePlace place : cases) {
                Verdict verdict = verifier.verify(place);
                counts.merge(verdict.result(), 1, Integer::sum);
                out.println(json ? object(verdict) : line(verdict));
                out.flush();
            }
        }
        int passed = counts.getOrDefault(Verdict.Result.PASS, 0);
        PrintWriter summary = json ? spec.commandLine().getErr() : out;
        summary.println(
                "%d of %d cases pass, %d fail, %d are unsupported."
                        .formatted(
                                passed,
                                cases.size(),
                                counts.getOrDefault(Verdict.Result.FAIL, 0),
                                counts.getOrDefault(Verdict.Result.UNSUPPORTED, 0)));
        summary.flush();
        return passed == cases.size() ? 0 : 1;
    }

    private List<CasePlace> cases() throws IOException {
        CommandLine line = spec.commandLine();
        if (!Files.isDirectory(folder)) {
            throw new ParameterException(line, "There is no folder " + folder + ".");
        }
        List<CasePlace> found = CasePlace.find(folder);
        if (found.isEmpty()) {
            throw new ParameterException(
                    line, "No case lies below " + folder + ": a case is a folder with a case.json.");
        }
        String glob = filter;
        if (glob == null) {
            return found;
        }
        try {
            List<CasePlace> chosen = found.stream().filter(place -> place.matches(glob)).toList();
            if (chosen.isEmpty()) {
                throw new ParameterException(
                        line,
                        "--filter " + glob + " chooses none of the " + found.size() + " cases below " + folder + ".");
            }
            return chosen;
        } catch (PatternSyntaxException e) {
            throw new ParameterException(line, "--filter " + glob + " is no glob: " + e.getDescription() + ".");
        }
    }

    private static String line(Verdict verdict) {
        return String.join(
                "\t",
                oneLine(verdict.name()),
                oneLine(verdict.kind()),
                number(verdict.error()),
                number(verdict.tolerance()),
                verdict.result().name().toLowerCase(Locale.ROOT),
                oneLine(verdict.reason()));
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ");
    }

    private static String number(OptionalDouble number) {
        if (number.isEmpty()) {
            return "-";
        }
        double value = number.getAsDouble();
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    /// An error that is infinite, because there was nothing to compare with, is left out: JSON has no such number.
    private static ObjectNode object(Verdict verdict) {
        ObjectNode object = JSON.createObjectNode();
        object.put("name", verdict.name());
        object.put("kind", verdict.kind());
        verdict.error().stream().filter(Double::isFinite).forEach(error -> object.put("error", error));
        verdict.tolerance().ifPresent(tolerance -> object.put("tolerance", tolerance));
        object.put("result", verdict.result().name().toLowerCase(Locale.ROOT));
        object.put("reason", verdict.reason());
        return object;
    }
}
