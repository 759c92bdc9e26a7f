// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelStore;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.assets.Assets;
import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.jobs.Backup;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.RequestReader;
import dev.diptych.server.jobs.Webhooks;
import dev.diptych.server.jobs.WorkflowLibrary;
import dev.diptych.server.jobs.WorkflowShelf;
import dev.diptych.server.models.ModelAdditions;
import dev.diptych.server.security.Gate;
import dev.diptych.server.security.Tokens;
import dev.diptych.server.worker.link.SocketMessages;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.Router;

import java.net.BindException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// The HTTP server: one event loop, which never waits.
public final class HttpFront implements AutoCloseable {
    private static final int CLOSING_SECONDS = 5;
    private static final int LONGEST_HEADERS = 16 << 10;
    private static final int LONGEST_LINE = 4 << 10;
    private static final int MOST_NEWCOMERS = 256;

    private final Vertx vertx;
    private final Metrics metrics;
    private final WebhookSender webhooks;
    private final HttpServer server;

    /// What the front shows.
    public record Parts(
            JobService jobs,
            RequestReader requests,
            WorkflowLibrary library,
            WorkflowShelf shelf,
            WorkflowReader reader,
            NodeCatalog catalog,
            List<PluginReport> plugins,
            Assets assets,
            Tokens tokens,
            Gate gate,
            Backup backup,
            Webhooks webhooks,
            ModelHub models,
            ModelStore modelStore,
            ModelAdditions additions,
            Architectures architectures,
            Predicate<String> workerSecrets,
            String version) {}

    private HttpFront(Vertx vertx, Metrics metrics, WebhookSender webhooks, HttpServer server) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.webhooks = webhooks;
        this.server = server;
    }

    /// The one event loop; it takes a moment to make.
    public static Vertx eventLoop() {
        return Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2).setInternalBlockingPoolSize(2));
    }

    /// Starts to listen.
    ///
    /// @param vertx closed with this
    /// @throws java.io.IOException if the address is taken or not ours
    public static HttpFront open(Vertx vertx, Parts parts, HttpSettings settings) throws java.io.IOException {
        Metrics metrics = new Metrics(parts.jobs());
        WebhookTargets targets = new WebhookTargets(settings.allowsPrivateWebhooks());
        Router router = router(vertx, parts, settings, metrics, targets);
        HttpServerOptions options =
                new HttpServerOptions()
                        .setCompressionSupported(false)
                        .setHttp2ClearTextEnabled(false) // nobody needs the upgrade; HTTP/2 comes with TLS
                        .setIdleTimeout((int) settings.idle().toMillis())
                        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setMaxHeaderSize(LONGEST_HEADERS)
                        .setMaxInitialLineLength(LONGEST_LINE)
                        .setMaxWebSocketFrameSize(SocketMessages.MAX_FRAME_BYTES)
                        .setTcpNoDelay(true)
                        .setAcceptBacklog(4096);
        if (settings.certificate() != null && settings.key() != null) {
            options.setSsl(true)
                    .setKeyCertOptions(
                            new PemKeyCertOptions()
                                    .addCertPath(settings.certificate().toString())
                                    .addKeyPath(settings.key().toString()));
        }
        try {
            HttpServer server =
                    vertx.createHttpServer(options)
                            .requestHandler(router)
                            .invalidRequestHandler(HttpFront::refuse)
                            .listen(settings.port(), settings.address())
                            .toCompletionStage()
                            .toCompletableFuture()
                            .join();
            return new HttpFront(vertx, metrics, new WebhookSender(vertx, parts.webhooks(), targets), server);
        } catch (CompletionException e) {
            throw new java.io.IOException(
                    "Cannot listen on "
                            + settings.address()
                            + ":"
                            + settings.port()
                            + ": "
                            + String.valueOf(e.getCause())
                            + (e.getCause() instanceof BindException
                                    ? ". Is another server running there? Name another port with --port."
                                    : "."),
                    e);
        }
    }

    private static void refuse(HttpServerRequest request) {
        HttpProblem problem =
                switch (request.decoderResult().cause()) {
                    case TooLongHttpLineException _ ->
                            new HttpProblem(
                                    414,
                                    "server/uri-too-long",
                                    "The request's first line, with the address, is longer than "
                                            + LONGEST_LINE
                                            + " bytes, which is the limit.");
                    case TooLongHttpHeaderException _ ->
                            new HttpProblem(
                                    431,
                                    "server/headers-too-large",
                                    "The request's headers are larger than "
                                            + LONGEST_HEADERS
                                            + " bytes together, which is the limit.");
                    case null, default -> HttpProblem.badRequest("This is no HTTP request that can be read.");
                };
        var _ =
                request.response()
                        .setStatusCode(problem.status())
                        .putHeader("Content-Type", "application/problem+json")
                        .end(Answer.buffer(problem.document()))
                        .eventually(() -> request.connection().close());
    }

    private static Router router(
            Vertx vertx, Parts parts, HttpSettings settings, Metrics metrics, WebhookTargets targets) {
        Handlers handlers = new Handlers();
        EventFrames frames = new EventFrames();
        Newcomers newcomers = new Newcomers(MOST_NEWCOMERS);
        var eventSockets = new EventSocket.Surroundings(parts.jobs(), parts.gate(), frames, newcomers, settings.idle());
        new JobOperations(parts.jobs(), parts.requests(), targets).addTo(handlers);
        new WorkflowOperations(parts.library(), parts.shelf(), parts.requests(), parts.reader(), parts.catalog())
                .addTo(handlers);
        new NodeOperations(parts.catalog(), parts.models()).addTo(handlers);
        new ModelOperations(parts.models(), parts.modelStore(), parts.additions(), parts.architectures())
                .addTo(handlers);
        new AssetOperations(parts.assets(), settings.maxAssetBytes()).addTo(handlers);
        new SystemOperations(
                        parts.jobs(), parts.tokens(), parts.plugins(), parts.backup(), metrics::text, parts.version())
                .addTo(handlers);
        handlers.addStreaming(
                "streamJobEvents",
                dev.diptych.server.security.Scope.READ,
                (context, principal) ->
                        EventStream.accept(context, principal, parts.jobs(), parts.gate(), frames, settings.idle()));
        Router router = new ApiRouter(vertx, parts.gate(), handlers, metrics, settings).router();
        router.get("/api/v1/events").handler(context -> EventSocket.accept(context, eventSockets));
        router.get("/api/v1/worker")
                .handler(context -> WorkerEndpoint.accept(context, parts.jobs(), parts.workerSecrets(), newcomers));
        Pages.addTo(router);
        router.route()
                .last()
                .handler(context ->
                        ApiRouter.send(
                                context,
                                Answer.problem(
                                        HttpProblem.notFound(
                                                "address "
                                                        + Request.shown(context.request().path())
                                                        + " for "
                                                        + context.request().method()))));
        return router;
    }

    /// The port that it listens on.
    public int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        webhooks.close();
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            org.slf4j.LoggerFactory.getLogger(HttpFront.class).debug("The HTTP server did not close in order", e);
        }
        metrics.close();
    }
}
