// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.model.Architecture;
import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.ModelNames;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.server.assets.Assets;
import dev.diptych.server.assets.Sweep;
import dev.diptych.server.config.Places;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.http.HttpFront;
import dev.diptych.server.jobs.Backup;
import dev.diptych.server.jobs.InstalledPlans;
import dev.diptych.server.jobs.JobClock;
import dev.diptych.server.jobs.JobLimits;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.RequestReader;
import dev.diptych.server.jobs.Webhooks;
import dev.diptych.server.jobs.WorkerState;
import dev.diptych.server.jobs.WorkflowLibrary;
import dev.diptych.server.jobs.WorkflowShelf;
import dev.diptych.server.models.ModelAdder;
import dev.diptych.server.models.ModelAdditions;
import dev.diptych.server.security.Gate;
import dev.diptych.server.security.Scope;
import dev.diptych.server.security.Tokens;
import dev.diptych.server.store.DataFolder;
import dev.diptych.server.store.Database;
import dev.diptych.server.transfer.Downloads;
import dev.diptych.server.worker.WorkerSupervisor;

import io.vertx.core.Vertx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// The control plane, put together: store, jobs, HTTP, and the supervisor of its own worker. It executes no node itself.
public final class DiptychServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiptychServer.class);
    private static final String SUPERVISED = "local-";

    /// What the Java machine writes when native code has made the worker's process crash.
    private static final String CRASH = "worker-crash-%p.log";

    /// It would hold the weights of all models.
    private static final String NO_CORE = "-XX:-CreateCoredumpOnCrash";

    private static final int SECRET_BYTES = 32;
    private static final int FIRST_SWEEP_MINUTES = 5;
    private static final int SWEEP_MINUTES = 60;

    private final Deque<AutoCloseable> parts;
    private final ServerSettings settings;
    private final Places places;
    private final JobService jobs;
    private final PluginHost plugins;
    private final HttpFront http;
    private final WorkerSupervisor supervisor;
    private final String localSecret = secret();
    private final String workerSecret = secret();

    private DiptychServer(Places places, ServerSettings settings, Deque<AutoCloseable> parts) throws IOException {
        this.places = places;
        this.settings = settings;
        this.parts = parts;
        DataFolder folder = opened(DataFolder.lock(places.data()));
        CompletableFuture<PluginHost> loading = meanwhile(() -> PluginHost.open(LocalEngine.pluginFolders(places)));
        CompletableFuture<Vertx> starting = meanwhile(HttpFront::eventLoop);
        opened(() -> loading.join().close());
        opened(() -> starting.join().close());
        Database database = opened(Database.open(folder.database()));
        ImageFiles images = new ImageFiles(settings.maxPixels());
        Assets assets =
                new Assets(database, folder.assets(), new CacheFolder(folder.cache(), settings.cacheBytes()), images);
        JobLimits usual = JobLimits.USUAL;
        JobLimits limits =
                new JobLimits(
                        settings.queue(), usual.lease(), usual.cancelling(), settings.deviceCall(), usual.drain());
        jobs = opened(new JobService(database, JobClock.SYSTEM, limits, assets::output));
        Tokens tokens = new Tokens(database);
        var _ = tokens.whenRevoked(_ -> jobs.dismissWorkers());
        requireTokensWhereExposed(tokens);
        plugins = awaited(loading);
        PluginHost.deleteRemoved(LocalEngine.pluginFolders(places));
        FileDigests digests = new FileDigests(places.modelDigests());
        ModelHub models = ModelFolders.hub(places, plugins, digests);
        ModelStore modelStore = new ModelStore(places.data(), models, digests);
        WorkflowReader reader = new WorkflowReader(TypeReader.of(plugins), settings.http().maxJsonBytes());
        WorkflowLibrary library = new WorkflowLibrary(database, JobClock.SYSTEM);
        Path home = places.home();
        WorkflowShelf shelf = new WorkflowShelf(library, reader, home == null ? null : home.resolve("workflows"));
        Limits graphs = Limits.DEFAULT.withNodes(settings.maxNodes());
        ModelNames modelNames = new ModelNames(models::missing);
        RequestReader requests = new RequestReader(plugins, shelf, reader, graphs, assets::reserve, modelNames);
        Gate gate =
                new Gate(
                        tokens,
                        settings.hosts(),
                        settings.origins(),
                        localSecret,
                        isLoopback(settings.http().address()));
        Vertx vertx = awaited(starting);
        ModelAdditions additions =
                opened(
                        new ModelAdditions(
                                new ModelAdder(modelStore),
                                new Downloads(vertx),
                                settings.http().allowsPrivateModels()));
        http =
                opened(
                        HttpFront.open(
                                vertx,
                                new HttpFront.Parts(
                                        jobs,
                                        requests,
                                        library,
                                        shelf,
                                        reader,
                                        plugins,
                                        plugins.reports(),
                                        assets,
                                        tokens,
                                        gate,
                                        new Backup(database, assets, places.data()),
                                        new Webhooks(database, jobs, JobClock.SYSTEM),
                                        models,
                                        modelStore,
                                        additions,
                                        new Architectures(plugins.extensions(Architecture.class)),
                                        text ->
                                                text.equals(workerSecret)
                                                        || tokens.authenticate(text)
                                                                .filter(who -> who.may(Scope.WORKER))
                                                                .isPresent(),
                                        Version.current()),
                                settings.http()));
        supervisor = opened(new WorkerSupervisor(new SupervisedServer(), jobs::queued, this::connectedWorkers));
        writeServerFile(folder.serverFile());
        jobs.releaseJobsOf(worker -> worker.startsWith(SUPERVISED));
        jobs.start(new InstalledPlans(plugins, reader, graphs, modelNames));
        if (settings.hasOwnWorker()) {
            jobs.whenQueued(supervisor::wanted);
            supervisor.start();
        }
        beginSweeps(new Sweep(database, assets, settings.keepJobs()), modelStore);
    }

    /// Starts everything, or nothing.
    ///
    /// @throws IOException if the address or the folder cannot be used, with what to do
    public static DiptychServer open(Places places, ServerSettings settings) throws IOException {
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        try {
            return new DiptychServer(places, settings, parts);
        } catch (IOException | RuntimeException e) {
            close(parts);
            throw e;
        }
    }

    /// Closed in the opposite order, also when a later part fails to open.
    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /// Does what takes long beside the opening of the store.
    private static <T> CompletableFuture<T> meanwhile(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        result.complete(work.call());
                    } catch (Exception | LinkageError e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    private static <T> T awaited(CompletableFuture<T> result) throws IOException {
        try {
            return result.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    private void requireTokensWhereExposed(Tokens tokens) throws IOException {
        if (isLoopback(settings.http().address())) {
            return;
        }
        if (!tokens.isLoginNeeded()) {
            throw new IOException(
                    "Address "
                            + settings.http().address()
                            + " is reached from other machines, and there is no token yet. Make one first: diptych token create --owner NAME --scope admin");
        }
        if (settings.http().certificate() == null && !settings.isInsecureAllowed()) {
            throw new IOException(
                    "Address "
                            + settings.http().address()
                            + " is reached from other machines, and tokens would cross the network in clear. Give --tls-certificate and --tls-key, or --insecure if a proxy in front does TLS.");
        }
    }

    private static boolean isLoopback(String address) throws IOException {
        return InetAddress.getByName(address).isLoopbackAddress();
    }

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private java.util.Set<String> connectedWorkers() {
        return jobs.workers().stream().map(WorkerState::name).collect(Collectors.toSet());
    }

    /// Address and local secret, for commands of this machine's user.
    private void writeServerFile(Path file) throws IOException {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("address", localAddress());
        content.put("secret", localSecret);
        content.put("process", ProcessHandle.current().pid());
        Path certificate = settings.http().certificate();
        if (certificate != null) {
            content.put("certificate", Files.readString(certificate, StandardCharsets.US_ASCII));
        }
        byte[] json = new ObjectMapper().writeValueAsBytes(content);
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        if (Files.getFileStore(file.getParent()).supportsFileAttributeView("posix")) {
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.write(next, json);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        parts.push(() -> Files.deleteIfExists(file));
    }

    private void beginSweeps(Sweep sweep, ModelStore models) {
        ScheduledExecutorService sweeps =
                Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("sweep").factory());
        parts.push(sweeps::shutdownNow);
        var _ =
                sweeps.scheduleWithFixedDelay(
                        () -> {
                            try {
                                sweep.run(System.currentTimeMillis());
                                models.sweep();
                            } catch (IOException | RuntimeException e) {
                                LOG.warn("The sweep failed and is tried again in an hour: {}", e.toString());
                            }
                        },
                        FIRST_SWEEP_MINUTES,
                        SWEEP_MINUTES,
                        TimeUnit.MINUTES);
    }

    /// As processes of this machine reach it.
    private String localAddress() {
        String host = settings.http().address();
        boolean isAny = host.equals("0.0.0.0") || host.equals("::");
        String reached = isAny ? "127.0.0.1" : host.contains(":") ? "[" + host + "]" : host;
        return (settings.http().certificate() == null ? "http://" : "https://") + reached + ":" + http.port();
    }

    /// For example `http://127.0.0.1:8410`.
    public String address() {
        String scheme = settings.http().certificate() == null ? "http" : "https";
        String host = settings.http().address();
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + http.port();
    }

    /// The secret of this machine's user, as the server's file has it.
    public String localSecret() {
        return localSecret;
    }

    public JobService jobs() {
        return jobs;
    }

    /// What became of each plugin.
    public List<PluginReport> plugins() {
        return plugins.reports();
    }

    /// The supervised worker's process, or null while there is none.
    public @org.jspecify.annotations.Nullable ProcessHandle workerProcess() {
        return supervisor.process();
    }

    /// The supervised worker's view of its server.
    private final class SupervisedServer implements WorkerSupervisor.Server {
        @Override
        public List<String> command(String worker) {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    "worker",
                                    "--supervised",
                                    "--server",
                                    localAddress(),
                                    "--name",
                                    worker,
                                    "--data",
                                    places.data().toString()));
            places.models().forEach(folder -> command.addAll(List.of("--models", folder.toString())));
            command.addAll(settings.workerOptions());
            return OwnProcess.command(command, "-XX:ErrorFile=" + places.data().resolve(CRASH), NO_CORE);
        }

        @Override
        public String secret() {
            return workerSecret;
        }

        @Override
        public void ended(String worker, boolean isOrderly) {
            jobs.workerEnded(worker, isOrderly);
        }
    }

    @Override
    public void close() {
        close(parts);
    }

    private static void close(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.warn("A part of the server did not close in order", e);
            }
        }
    }
}
