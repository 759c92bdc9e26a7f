// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.device.DeviceCheck;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.NativeLibrary;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Places;
import dev.diptych.server.store.DataFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/// Says what is installed, what is missing, and what to do about it.
@Command(
        name = "doctor",
        description = "Says what is installed, what is missing, and what to do. Fails if something is wrong.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private static final long LITTLE_SPACE = 2L << 30;
    private static final int SYNCS = 5;
    private static final double SLOW_SYNC = 20;

    @Spec private CommandSpec spec;

    @Option(names = "--data", paramLabel = "DIR", description = "The data folder.")
    private @Nullable Path data;

    @Mixin private ModelFolders models = new ModelFolders();

    private int wrong;

    @Override
    public Integer call() {
        Places places = models.added(Places.of(data, System.getenv()));
        good("Java", Runtime.version() + ", " + System.getProperty("java.vendor"));
        good(
                "Machine",
                Runtime.getRuntime().availableProcessors()
                        + " cores, "
                        + (Runtime.getRuntime().maxMemory() >> 20)
                        + " MB of heap for a process");
        checkFolder(places.data());
        checkServer(places);
        checkPlugins(places);
        checkWorkflows(places);
        checkDevices();
        out().flush();
        return wrong == 0 ? 0 : 1;
    }

    private void checkDevices() {
        try {
            good("Library", NativeLibrary.find(System.getenv()).toString());
            for (DeviceCheck.Result device : DeviceCheck.run(DeviceSettings.usual())) {
                good(
                        "Device " + device.state().id(),
                        device.state().threads()
                                + " threads, "
                                + (device.state().memory().total() >> 20)
                                + " MB for models, computes in "
                                + device.usual()
                                + ", fastest in "
                                + device.fastest());
            }
        } catch (NodeException e) {
            bad("Devices", String.valueOf(e.getMessage()), e.next().orElse(""));
        } catch (RuntimeException | LinkageError e) {
            bad("Devices", "libtorch cannot be loaded: " + e, "It needs Linux on x86-64 with glibc 2.28 or later.");
        }
    }

    private void checkFolder(Path folder) {
        try {
            Files.createDirectories(folder);
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < LITTLE_SPACE) {
                bad(
                        "Data folder",
                        folder + " has " + (free >> 20) + " MB left",
                        "Make room, or name another folder with --data.");
            } else {
                good("Data folder", folder + ", " + (free >> 30) + " GB free");
            }
            double milliseconds = syncMilliseconds(folder);
            String time = String.format(Locale.ROOT, "%.1f ms for a sync", milliseconds);
            if (milliseconds > SLOW_SYNC) {
                bad("Disk", time + ": each accepted job waits for one", "Put the data folder on a local SSD.");
            } else {
                good("Disk", time);
            }
        } catch (IOException e) {
            bad("Data folder", folder + " cannot be written: " + e.getMessage(), "Name another folder with --data.");
        }
    }

    private static double syncMilliseconds(Path folder) throws IOException {
        Path file = Files.createTempFile(folder, "doctor", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long best = Long.MAX_VALUE;
            for (int i = 0; i < SYNCS; i++) {
                long began = System.nanoTime();
                channel.write(ByteBuffer.allocate(4096));
                channel.force(false);
                best = Math.min(best, System.nanoTime() - began);
            }
            return best / 1e6;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void checkServer(Places places) {
        if (!Files.exists(places.data().resolve(DataFolder.SERVER_FILE))) {
            good("Server", "none runs on this folder; start one with: diptych serve");
            return;
        }
        try (ServerClient server = ServerClient.of(places)) {
            server.call("GET", "/health", null);
            good(
                    "Server",
                    server.runningAt().isEmpty()
                            ? "the last one did not end in order; nothing is lost"
                            : "runs at " + server.runningAt());
        } catch (IOException | RuntimeException e) {
            bad(
                    "Server",
                    "it runs, and does not answer: " + e.getMessage(),
                    "Look into its log, or end it and start it again.");
        }
    }

    private void checkPlugins(Places places) {
        try (PluginHost host = PluginHost.open(LocalEngine.pluginFolders(places))) {
            List<PluginReport> reports = host.reports();
            if (reports.isEmpty()) {
                bad("Plugins", "none", "Install one with: diptych plugin add ARCHIVE");
            }
            checkModels(ModelFolders.hub(places, host, new FileDigests(places.modelDigests())));
            for (PluginReport report : reports) {
                if (report.state() == PluginReport.State.BROKEN) {
                    bad("Plugin " + report.id(), report.reason(), report.fix());
                } else {
                    good("Plugin " + report.id(), report.version() + ", " + report.nodes().size() + " nodes");
                }
            }
        } catch (IOException e) {
            bad("Plugins", String.valueOf(e.getMessage()), "Check the data folder.");
        }
    }

    private void checkModels(ModelHub hub) {
        List<ModelDescription> models = hub.list();
        if (models.isEmpty()) {
            good("Models", "none; nodes that need one say so. Add one with: diptych model add");
        }
        for (ModelDescription model : models) {
            String what = "Model " + model.id();
            if (model.problem() != null) {
                bad(what, model.problem(), "See: diptych model show " + model.id());
            } else if (!model.missing().isEmpty()) {
                bad(
                        what,
                        "its index names " + String.join(", ", model.missing()) + ", which are missing",
                        "Fetch them from where the model came from");
            } else {
                good(what, model.family() + ", " + ModelText.size(model.bytes()));
            }
        }
    }

    private void checkWorkflows(Places places) {
        Path checkout = places.checkout();
        if (checkout == null) {
            return;
        }
        try (Stream<Path> files = Files.list(checkout.resolve("workflows"))) {
            good("Workflows", files.filter(file -> file.toString().endsWith(".json")).count() + " came with Diptych");
        } catch (IOException e) {
            bad("Workflows", "the folder workflows is missing", "Clone the repository again.");
        }
    }

    private void good(String what, String state) {
        out().println("ok     " + what + ": " + state);
    }

    private void bad(String what, String state, String fix) {
        wrong++;
        out().println("wrong  " + what + ": " + state + ". " + fix);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
