// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.config.Places;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.option.HostName;
import dev.diptych.server.option.ReadableFile;
import dev.diptych.server.option.WebOrigin;
import dev.diptych.server.option.WholeNumber;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Serves until the process is asked to end.
@Command(
        name = "serve",
        description = "Starts the server: HTTP, jobs, and a worker of its own.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ServeCommand implements Callable<Integer> {
    private static final long MEGABYTE = 1 << 20;
    private static final long CLOSING_SECONDS = 10;

    @Spec private CommandSpec spec;

    @Option(
            names = "--port",
            defaultValue = "8410",
            converter = WholeNumber.Port.class,
            description = "Port; 0 for any that is free (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--address",
            defaultValue = "127.0.0.1",
            description =
                    "Address to listen on (default: ${DEFAULT-VALUE}). Any other than loopback needs tokens, and TLS or --insecure.")
    private String address;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data folder (default: DIPTYCH_DATA, else ~/.local/share/diptych).")
    private @Nullable Path data;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            converter = HostName.class,
            split = ",",
            description = "A further name under which the server is reached, for example behind a proxy.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            converter = WebOrigin.class,
            split = ",",
            description = "Pages of this origin may use the server too, for example https://tools.example.")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            converter = ReadableFile.class,
            description = "PEM file of the TLS certificate chain.")
    private @Nullable Path tlsCertificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            converter = ReadableFile.class,
            description = "PEM file of its key.")
    private @Nullable Path tlsKey;

    @Option(names = "--insecure", description = "Tokens may cross the network in clear: a proxy in front does TLS.")
    private boolean isInsecureAllowed;

    @Option(names = "--no-worker", description = "Starts no worker; others join with: diptych worker.")
    private boolean hasNoWorker;

    @Option(
            names = "--queue",
            paramLabel = "JOBS",
            defaultValue = "1000000",
            converter = WholeNumber.Positive.class,
            description = "How many jobs may wait (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--max-body",
            paramLabel = "MB",
            defaultValue = "16",
            converter = WholeNumber.Positive.class,
            description = "Largest JSON body (default: ${DEFAULT-VALUE}).")
    private int maxBody;

    @Option(
            names = "--max-asset",
            paramLabel = "MB",
            defaultValue = "512",
            converter = WholeNumber.Positive.class,
            description = "Largest upload (default: ${DEFAULT-VALUE}).")
    private int maxAsset;

    @Option(
            names = "--max-nodes",
            paramLabel = "NODES",
            defaultValue = "20000",
            converter = WholeNumber.Positive.class,
            description = "Largest graph, nested workflows included (default: ${DEFAULT-VALUE}).")
    private int maxNodes;

    @Option(
            names = "--keep-jobs",
            paramLabel = "DAYS",
            defaultValue = "30",
            converter = WholeNumber.Positive.class,
            description = "How long a job that ended is kept (default: ${DEFAULT-VALUE}).")
    private int keepJobs;

    @Option(
            names = "--device-call",
            paramLabel = "MINUTES",
            defaultValue = "10",
            converter = WholeNumber.Positive.class,
            description = "How long one call into a device may take (default: ${DEFAULT-VALUE}).")
    private int deviceCall;

    @Option(names = "--webhooks-private", description = "Webhooks may lead into private networks.")
    private boolean allowsPrivateWebhooks;

    @Option(names = "--models-private", description = "Models may be added from private networks.")
    private boolean allowsPrivateModels;

    @Mixin private ModelFolders models = new ModelFolders();
    @Mixin private DeviceOptions devices = new DeviceOptions();
    @Mixin private CacheOptions cache = new CacheOptions();
    @Mixin private PictureOptions pictures = new PictureOptions();

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (DiptychServer server =
                DiptychServer.open(models.added(Places.of(data, System.getenv())).made(), settings())) {
            // The main thread itself does not end while the process shuts down: it waits for that in System.exit.
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(() -> {
                                asked.countDown();
                                try {
                                    boolean _ = closed.await(CLOSING_SECONDS, TimeUnit.SECONDS);
                                } catch (InterruptedException _) {
                                    Thread.currentThread().interrupt();
                                }
                            }));
            spec.commandLine().getOut().println("Diptych is listening on " + server.address());
            spec.commandLine().getOut().flush();
            asked.await();
            return 0;
        } catch (IOException | RuntimeException e) {
            spec.commandLine().getErr().println(e.getMessage() == null ? e.toString() : e.getMessage());
            spec.commandLine().getErr().flush();
            return 1;
        } finally {
            closed.countDown();
        }
    }

    private ServerSettings settings() {
        if ((tlsCertificate == null) != (tlsKey == null)) {
            throw new IllegalArgumentException("--tls-certificate and --tls-key belong together; give both or none.");
        }
        return new ServerSettings(
                new HttpSettings(
                        address,
                        port,
                        maxBody * MEGABYTE,
                        maxAsset * MEGABYTE,
                        allowsPrivateWebhooks,
                        allowsPrivateModels,
                        HttpSettings.USUAL_IDLE,
                        tlsCertificate,
                        tlsKey),
                Set.copyOf(hosts),
                Set.copyOf(origins),
                queue,
                maxNodes,
                pictures.maxPixels(),
                cache.bytes(),
                Duration.ofDays(keepJobs),
                Duration.ofMinutes(deviceCall),
                !hasNoWorker,
                Stream.of(devices.arguments(), cache.arguments(), pictures.arguments()).flatMap(List::stream).toList(),
                isInsecureAllowed);
    }
}
