// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.device.DeviceCheck;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.NativeLibrary;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Configuration;
import dev.diptych.server.config.Places;
import dev.diptych.server.store.DataFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/// Explains a machine in one page: what is there, what is missing, and what to do about each thing that is wrong.
@Command(
        name = "doctor",
        description = "Says what is installed, what is missing, and what to do. Fails if something is wrong.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private static final long LITTLE_SPACE = 2L << 30;
    private static final int SYNCS = 5;
    private static final double SLOW_SYNC = 20;
    private static final String USUAL_PORT = "8410";

    @Spec private CommandSpec spec;

    @Option(names = "--data", paramLabel = "DIR", description = "The data folder.")
    private @Nullable Path data;

    @Mixin private ModelFolders models = new ModelFolders();

    private final Diagnosis page = new Diagnosis();

    @Override
    public Integer call() {
        Places places = models.added(Places.of(data, System.getenv()));
        MachineDiagnosis machine = MachineDiagnosis.ofThisOne();
        page.section("Machine");
        machine.examine(page);
        page.section("Folders and server");
        checkFolder(places.data());
        checkServer(places.data());
        page.section("Plugins");
        checkPlugins(places);
        page.section("Computing");
        checkDevices(machine);
        page.print(spec.commandLine().getOut());
        return page.isHealthy() ? 0 : 1;
    }

    private void checkFolder(Path folder) {
        try {
            Files.createDirectories(folder);
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < LITTLE_SPACE) {
                page.bad(
                        "Data folder",
                        folder + " has " + MachineDiagnosis.size(free) + " left",
                        "Make room (cache/ in it may be deleted at any time), or name another folder with --data.");
            } else {
                page.good("Data folder", folder + ", " + MachineDiagnosis.size(free) + " free");
            }
            double milliseconds = syncMilliseconds(folder);
            String time = String.format(Locale.ROOT, "%.1f ms for a sync", milliseconds);
            if (milliseconds > SLOW_SYNC) {
                page.hint(
                        "Disk",
                        time + ", and each accepted job waits for one",
                        "Put the data folder on a local SSD: --data, or DIPTYCH_DATA.");
            } else {
                page.good("Disk", time);
            }
        } catch (IOException e) {
            page.bad(
                    "Data folder",
                    folder + " cannot be written (" + e + ")",
                    "Name another folder with --data or DIPTYCH_DATA, or give this one to the user that runs Diptych.");
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

    private void checkServer(Path folder) {
        Path file = folder.resolve(DataFolder.SERVER_FILE);
        if (!Files.exists(file)) {
            page.good("Server", "none runs on this folder; start one with: diptych serve");
            checkPort();
            return;
        }
        try (ServerClient server = ServerClient.of(Places.of(folder, System.getenv()))) {
            server.call("GET", "/health", null);
            if (server.runningAt().isEmpty()) {
                page.good("Server", "none runs; the last one did not end in order, and nothing is lost");
                checkPort();
            } else {
                page.good("Server", "runs at " + server.runningAt());
            }
        } catch (IOException | RuntimeException e) {
            page.bad(
                    "Server",
                    "it runs" + address(file) + ", and does not answer: " + e.getMessage(),
                    "Look into its log, or end it and start it again; nothing that it accepted is lost.");
        }
    }

    private static String address(Path file) {
        try {
            JsonNode running = new ObjectMapper().readTree(file.toFile());
            return " at " + URI.create(running.path("address").asText());
        } catch (IOException | IllegalArgumentException e) {
            return "";
        }
    }

    /// Whether a server could listen where it is configured to.
    private void checkPort() {
        String port = USUAL_PORT;
        try {
            port = Configuration.read(System.getenv()).value("serve.port").orElse(USUAL_PORT);
            try (ServerSocket _ = new ServerSocket(Integer.parseInt(port), 1, InetAddress.getLoopbackAddress())) {
                page.good("Port", port + " is free");
            }
        } catch (IOException e) {
            page.hint(
                    "Port",
                    port + " cannot be listened on (" + e.getMessage() + ")",
                    "End the program that has it, or start with another one: diptych serve --port 0 takes any that is free.");
        } catch (IllegalArgumentException e) {
            page.bad("Port", "serve.port is \"" + port + "\"", "Write a number from 0 to 65535.");
        }
    }

    private void checkPlugins(Places places) {
        try (PluginHost host = PluginHost.open(LocalEngine.pluginFolders(places))) {
            List<PluginReport> reports = host.reports();
            if (reports.isEmpty()) {
                page.bad("Plugins", "there are none", "Install one with: diptych plugin add ARCHIVE");
            }
            for (PluginReport report : reports) {
                if (report.state() == PluginReport.State.BROKEN) {
                    page.bad("Plugin " + report.id(), report.reason(), report.fix());
                } else {
                    page.good("Plugin " + report.id(), report.version() + nodes(report.nodes().size()));
                }
            }
            page.section("Models");
            new ModelDiagnosis(ModelFolders.hub(places, host, new FileDigests(places.modelDigests())), places.home())
                    .examine(page);
        } catch (IOException e) {
            page.bad("Plugins", "they cannot be read: " + e.getMessage(), "Check the data folder.");
        }
    }

    private static String nodes(int count) {
        return count == 0 ? "" : count == 1 ? ", one node" : ", " + count + " nodes";
    }

    private void checkDevices(MachineDiagnosis machine) {
        try {
            NativeLibrary library = NativeLibrary.find(System.getenv());
            page.good("Library", library.toString());
            machine.examineGraphicsCards(page, library);
            for (DeviceCheck.Result device : DeviceCheck.run(DeviceSettings.usual())) {
                page.good(
                        "Device " + device.state().id(),
                        device.state().threads()
                                + (device.state().threads() == 1 ? " thread, " : " threads, ")
                                + MachineDiagnosis.size(device.state().memory().total())
                                + " for models, computes in "
                                + device.usual()
                                + (device.usual().equals(device.fastest())
                                        ? ", which is fastest here"
                                        : "; --precision fast would use " + device.fastest()));
            }
        } catch (NodeException e) {
            page.bad("Library", String.valueOf(e.getMessage()), e.next().orElse(""));
        } catch (RuntimeException | LinkageError e) {
            page.bad(
                    "Library",
                    "libtorch cannot be loaded (" + e + ")",
                    "It needs Linux on x86-64 with glibc 2.28 or later, and room in "
                            + "the cache folder, XDG_CACHE_HOME or ~/.cache.");
        }
    }
}
