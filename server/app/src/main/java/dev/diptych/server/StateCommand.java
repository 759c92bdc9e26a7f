// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.server.config.Places;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/// What the commands about a data folder's state have in common.
abstract class StateCommand {
    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "The data folder (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    /// What a command does with the server.
    @FunctionalInterface
    interface Action {
        void run(ServerClient server) throws IOException;
    }

    /// @return the exit code
    final int with(Action action) {
        try (ServerClient server = ServerClient.of(places().made())) {
            action.run(server);
            out().flush();
            return 0;
        } catch (IOException | RuntimeException e) {
            return complain(e);
        }
    }

    final int complain(Exception e) {
        spec.commandLine().getErr().println(e.getMessage() == null ? e.toString() : e.getMessage());
        spec.commandLine().getErr().flush();
        return 1;
    }

    final Places places() {
        return Places.of(data, System.getenv());
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final CommandSpec spec() {
        return spec;
    }
}
