// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// How another process of this program is started: with the same Java machine, options and class path. The server's options for its
/// memory, which the launcher names in the property `diptych.serve.options`, are for `serve` alone.
public final class OwnProcess {
    private static final Set<String> DEBUGGING =
            Set.of("-agentlib:", "-agentpath:", "-javaagent:", "-Xdebug", "-Xrunjdwp");

    private static final String SERVE_OPTIONS = "diptych.serve.options";

    private OwnProcess() {}

    /// @param arguments of the program: a command and its options
    /// @param usual     options of the Java machine, unless this process was started with others
    public static List<String> command(List<String> arguments, String... usual) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(usual));
        List<String> ofServer = List.of(System.getProperty(SERVE_OPTIONS, "").trim().split(" +"));
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!ofServer.contains(option) && DEBUGGING.stream().noneMatch(option::startsWith)) {
                command.add(option);
            }
        }
        if (command.stream().noneMatch(option -> option.startsWith("--enable-native-access"))) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        if (arguments.indexOf("serve") == 0) {
            ofServer.stream().filter(option -> !option.isEmpty()).forEach(command::add);
        }
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("-Ddiptych.home=" + System.getProperty("diptych.home", ""));
        command.add(Main.class.getName());
        command.addAll(arguments);
        return command;
    }
}
