// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.jobs.Backup;
import dev.diptych.server.store.StoreException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Copies a data folder, also while its server works, and puts a copy back.
@Command(
        name = "backup",
        description = "Copies database, assets and plugins, also while the server works; and puts a copy back.",
        mixinStandardHelpOptions = true)
final class BackupCommand extends StateCommand implements Runnable {
    @Override
    public void run() {
        throw new ParameterException(spec().commandLine(), "Which of create and restore?");
    }

    @Command(name = "create", description = "Copies into a folder that is new or empty.")
    int create(@Parameters(paramLabel = "DIR") Path folder) {
        return with(server -> {
            String target = folder.toAbsolutePath().normalize().toString();
            JsonNode made = server.call("POST", "/backup", Map.of("folder", target));
            out().println("Copied " + made.path("files").asInt() + " files to " + target);
        });
    }

    @Command(name = "restore", description = "Puts a copy into a data folder that has nothing yet (--data).")
    int restore(
            @Parameters(paramLabel = "DIR") Path folder,
            @Option(names = "--incomplete", description = "Also a copy that lacks assets which its database names.")
                    boolean acceptsMissing) {
        try {
            int files = Backup.restore(folder, places().data(), acceptsMissing);
            out().println("Restored " + files + " files into " + places().data());
            out().flush();
            return 0;
        } catch (IOException | StoreException e) {
            return complain(e);
        }
    }
}
