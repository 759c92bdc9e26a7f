// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.error.NodeException;
import dev.diptych.server.config.Configuration;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/// The command line. A command is one class, and only the one that is named on the line gets loaded: a start stays fast however many there are.
/// To add a command, name it in [#COMMANDS] and make it in [#command].
@Command(
        name = "diptych",
        description = "Executes image-editing workflows whose nodes come from plugins.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    /// In the order in which `--help` lists them.
    private static final List<String> COMMANDS =
            List.of("run", "serve", "worker", "job", "token", "plugin", "model", "verify", "backup", "doctor", "bench");

    @Spec private CommandSpec spec;

    private Main() {}

    private static Object command(String name) {
        return switch (name) {
            case "run" -> new RunCommand();
            case "serve" -> new ServeCommand();
            case "worker" -> new WorkerCommand();
            case "job" -> new JobCommand();
            case "token" -> new TokenCommand();
            case "verify" -> new VerifyCommand();
            case "backup" -> new BackupCommand();
            case "doctor" -> new DoctorCommand();
            case "bench" -> benchmarks();
            case "plugin" -> new PluginCommand();
            case "model" -> new ModelCommand();
            default -> throw new IllegalArgumentException("No such command: " + name);
        };
    }

    /// They are a module of their own above this one; an installation may come without them.
    private static Object benchmarks() {
        try {
            return Class.forName("dev.diptych.bench.BenchCommand").getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            return new NoBenchmarks();
        }
    }

    @Command(name = "bench", description = "Measures Diptych against its goals.")
    private static final class NoBenchmarks implements Callable<Integer> {
        @Override
        public Integer call() {
            System.err.println("The benchmarks are not part of this installation. Run ./diptych bench in a checkout.");
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    private static int execute(String... arguments) {
        CommandLine line = commandLine(arguments);
        try {
            Configuration configuration = Configuration.read(System.getenv());
            ConfiguredDefaults defaults = new ConfiguredDefaults(configuration);
            if (!configuration.isEmpty()) {
                defaults.check(commandLine());
            }
            line.setDefaultValueProvider(defaults);
        } catch (IOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        return line.execute(arguments);
    }

    /// With the one command that the arguments name; with all of them when they name none, for help and for the suggestion after a misspelt name.
    static CommandLine commandLine(String... arguments) {
        CommandLine line = new CommandLine(new Main());
        List<String> named = List.of(arguments).stream().filter(COMMANDS::contains).limit(1).toList();
        for (String name : named.isEmpty() ? COMMANDS : named) {
            line.addSubcommand(name, command(name));
        }
        return line.setParameterExceptionHandler(new UsageMistakes()).setExecutionExceptionHandler(Main::told);
    }

    /// What the file system or a node complains of is for the user; anything else is ours, and shows where it happened.
    private static int told(Exception e, CommandLine line, ParseResult parsed) throws Exception {
        if (!(e instanceof IOException || e instanceof NodeException)) {
            throw e;
        }
        line.getErr().println(ErrorText.problem(e).text());
        line.getErr().flush();
        return line.getCommandSpec().exitCodeOnExecutionException();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? See the list below.");
    }
}
