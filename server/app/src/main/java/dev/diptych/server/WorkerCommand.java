// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.config.Places;
import dev.diptych.server.option.WholeNumber;
import dev.diptych.server.worker.RemoteAssets;
import dev.diptych.server.worker.Worker;
import dev.diptych.server.worker.WorkerConnection;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// Executes jobs of a server, here or elsewhere.
@Command(
        name = "worker",
        description = "Executes jobs of a server, with this machine's devices.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class WorkerCommand implements Callable<Integer> {
    private static final int LEAST_SLOTS = 4;

    @Spec private CommandSpec spec;

    @Option(
            names = "--server",
            paramLabel = "URL",
            required = true,
            description = "The server's address, for example https://diptych.example.")
    private URI server;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "A token of scope worker (diptych token create --scope worker).")
    private @Nullable String token;

    @Option(names = "--name", paramLabel = "NAME", description = "Its name in lists (default: made up).")
    private @Nullable String name;

    @Option(
            names = "--slots",
            paramLabel = "JOBS",
            converter = WholeNumber.Slots.class,
            description = "How many jobs at once, 1 to 32 (default: twice as many as cores, at least 4).")
    private @Nullable Integer slots;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of cache, assets and plugins (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    @Mixin private ModelFolders models = new ModelFolders();
    @Mixin private DeviceOptions devices = new DeviceOptions();
    @Mixin private CacheOptions cache = new CacheOptions();
    @Mixin private PictureOptions pictures = new PictureOptions();

    @Option(names = "--supervised", hidden = true)
    private boolean isSupervised;

    @Override
    public Integer call() throws IOException {
        String secret = secret();
        int jobsAtOnce =
                slots == null
                        ? Math.clamp(
                                2L * Runtime.getRuntime().availableProcessors(), LEAST_SLOTS, WholeNumber.Slots.MOST)
                        : slots;
        if (server.getHost() == null || server.getScheme() == null) {
            throw new ParameterException(
                    spec.commandLine(), "--server " + server + ": write http://HOST:PORT or https://HOST.");
        }
        Places places = models.added(Places.of(data, System.getenv()));
        // The network's threads and the engine take as long as each other; a worker that is waited for makes both at
        // once.
        CompletableFuture<WorkerConnection> connecting =
                CompletableFuture.supplyAsync(() -> new WorkerConnection(server, isSupervised));
        try (LocalEngine engine =
                        LocalEngine.open(
                                places,
                                devices.settings(),
                                cache.bytes(),
                                pictures.maxPixels(),
                                shared -> isSupervised ? shared : new RemoteAssets(shared, server, secret));
                Worker worker =
                        new Worker(
                                name == null ? "worker-" + UUID.randomUUID() : name,
                                secret,
                                digests(engine),
                                jobsAtOnce,
                                engine.executor(),
                                engine.jobAssets(),
                                engine::deviceStates);
                WorkerConnection connection = connecting.join()) {
            if (isSupervised) {
                // The server starts another one and finds a node that holds on; waiting for that node here would help
                // nobody.
                Thread.ofPlatform().daemon().name("server-watch").start(WorkerCommand::haltWithServer);
            } else {
                Runtime.getRuntime().addShutdownHook(new Thread(worker::close));
            }
            connection.start(worker);
            worker.drained().join();
        }
        Runtime.getRuntime().halt(0); // a node that does not stop must not keep the process
        return 0;
    }

    private static List<String> digests(LocalEngine engine) {
        return engine.plugins().reports().stream()
                .filter(report -> report.state() == PluginReport.State.LOADED)
                .map(PluginReport::digest)
                .toList();
    }

    private String secret() throws IOException {
        if (!isSupervised) {
            if (token == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "A worker needs --token. Make one on the server: diptych token create --owner NAME --scope worker");
            }
            return token;
        }
        StringBuilder line = new StringBuilder();
        for (int next = System.in.read(); next >= 0 && next != '\n'; next = System.in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    /// The server's end of our standard input closes when the server ends, however it ends.
    private static void haltWithServer() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            while (in.readLine() != null) {
                // nothing more is said
            }
        } catch (IOException _) {
            // as good as its end
        }
        Runtime.getRuntime().halt(0);
    }
}
