// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.plugin.PluginFolders;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Places;
import dev.diptych.server.store.DataFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Lists, adds, removes and checks plugins. An archive that was added is pinned by its digest.
@Command(name = "plugin", description = "Lists, adds, removes and checks plugins.", mixinStandardHelpOptions = true)
final class PluginCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Option(names = "--data", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "The data folder.")
    private @Nullable Path data;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which of list, add, remove and verify?");
    }

    private Places places() {
        return Places.of(data, System.getenv());
    }

    private PluginFolders folders() {
        return LocalEngine.pluginFolders(places());
    }

    @Command(name = "list", description = "Lists all plugins with their nodes.")
    int list() throws IOException {
        return print(false);
    }

    @Command(name = "verify", description = "Loads all plugins, and fails if one is broken.")
    int verify() throws IOException {
        return print(true);
    }

    private int print(boolean fails) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int broken = 0;
        try (PluginHost host = PluginHost.open(folders())) {
            for (PluginReport report : host.reports()) {
                print(report, out);
                broken += report.state() == PluginReport.State.BROKEN ? 1 : 0;
            }
        }
        out.flush();
        return fails && broken > 0 ? 1 : 0;
    }

    private static void print(PluginReport report, PrintWriter out) {
        out.println(report.id() + " " + report.version() + "  " + report.source());
        if (report.state() == PluginReport.State.BROKEN) {
            out.println("  broken: " + report.reason());
            out.println("  " + report.fix());
        } else {
            out.println("  " + report.nodes().size() + " nodes: " + String.join(", ", report.nodes()));
        }
    }

    @Command(name = "add", description = "Installs an archive and pins it by its digest.")
    int add(
            @Parameters(paramLabel = "ARCHIVE", description = "A zip or jar file.") Path archive,
            @Option(names = "--allow-older", description = "Takes the place of a newer version, too.")
                    boolean allowsOlder)
            throws IOException {
        if (!Files.isRegularFile(archive)) {
            throw new ParameterException(spec.commandLine(), "There is no file " + archive + ".");
        }
        PluginReport report = PluginHost.add(archive, folders(), allowsOlder);
        print(report, spec.commandLine().getOut());
        spec.commandLine().getOut().flush();
        if (report.state() == PluginReport.State.BROKEN) {
            return 1;
        }
        afterChange();
        return 0;
    }

    /// A running server reads from what the change made superfluous, until it is restarted.
    private void afterChange() {
        Optional<DataFolder> own = DataFolder.tryLock(places().data());
        if (own.isEmpty()) {
            spec.commandLine().getOut().println("A server runs on this data folder. It changes when it is restarted.");
            spec.commandLine().getOut().flush();
            return;
        }
        try (DataFolder _ = own.get()) {
            PluginHost.deleteRemoved(folders());
        }
    }

    @Command(name = "remove", description = "Removes an installed archive.")
    int remove(@Parameters(paramLabel = "ID", description = "A plugin's id, or its file's name.") String id)
            throws IOException {
        if (PluginHost.remove(id, folders())) {
            afterChange();
            return 0;
        }
        throw new ParameterException(
                spec.commandLine(),
                "No installed archive supplies " + id + ". Plugins that came with Diptych are not removed this way.");
    }
}
