// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;
import java.util.Arrays;

/// Tells what is wrong with a command line. A wrong value is told with the place it comes from when that is not the line itself; who
/// has mistaken an option or a command sees the nearest ones, or the whole usage.
final class UsageMistakes implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(e.getMessage() + origin(e, arguments));
        if (isWrongValue(e)) {
            err.println("See " + command.getCommandSpec().qualifiedName() + " --help.");
        } else if (!UnmatchedArgumentException.printSuggestions(e, err)) {
            command.usage(err, command.getColorScheme());
        }
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static boolean isWrongValue(ParameterException e) {
        return e.getArgSpec() != null && !(e instanceof MissingParameterException);
    }

    private static String origin(ParameterException e, String[] arguments) {
        return isWrongValue(e)
                        && e.getArgSpec() instanceof OptionSpec option
                        && !isGiven(option, arguments)
                        && e.getCommandLine().getDefaultValueProvider() instanceof ConfiguredDefaults defaults
                ? defaults.origin(option)
                        .map(place -> System.lineSeparator() + "It comes from " + place + ".")
                        .orElse("")
                : "";
    }

    private static boolean isGiven(OptionSpec option, String[] arguments) {
        return Arrays.stream(option.names())
                .anyMatch(name ->
                        Arrays.stream(arguments)
                                .anyMatch(argument ->
                                        argument.equals(name)
                                                || argument.startsWith(name.startsWith("--") ? name + "=" : name)));
    }
}
