// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.engine.document.StrictJson;
import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.security.Gate;
import dev.diptych.server.security.Principal;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Makes the router from the contract: the gate first, then one route for each operation.
final class ApiRouter {
    private static final Logger LOG = LoggerFactory.getLogger(ApiRouter.class);
    private static final String PRINCIPAL = "principal";
    private static final String REFUSAL = "refusal";
    private static final String IS_READING = "isReading";
    private static final String NO_SCRIPTS = "default-src 'none'; frame-ancestors 'none'";

    private final Vertx vertx;
    private final Gate gate;
    private final ForeignPages foreignPages;
    private final Handlers handlers;
    private final BodyHandler bodies;
    private final StrictJson reader;
    private final long maxBodyBytes;
    private final Metrics metrics;

    ApiRouter(Vertx vertx, Gate gate, Handlers handlers, Metrics metrics, HttpSettings settings) {
        this.vertx = vertx;
        this.gate = gate;
        this.foreignPages = new ForeignPages(gate.origins());
        this.handlers = handlers;
        this.metrics = metrics;
        this.maxBodyBytes = settings.maxBodyBytes();
        this.reader = new StrictJson(settings.maxJsonBytes());
        this.bodies = BodyHandler.create(false).setBodyLimit(maxBodyBytes);
    }

    /// To which further routes may be added; these are behind the gate, too.
    Router router() {
        Router router = Router.router(vertx);
        router.route().handler(this::enter).failureHandler(this::failed);
        for (Contract.Operation operation : Contract.operations()) {
            Handlers.Entry entry = handlers.of(operation);
            var entrance = router.route(operation.method(), operation.path());
            entrance.handler(context -> measure(context, operation.id()));
            if (!operation.isOpen()) {
                entrance.handler(context -> admit(context, entry));
            }
            operation
                    .patterns()
                    .forEach((parameter, text) -> {
                        Pattern pattern = Pattern.compile(text);
                        entrance.handler(context -> checkParameter(context, parameter, pattern));
                    });
            var route =
                    router.route(operation.method(), operation.path()); // a body is taken in only after the entrance
            switch (entry.kind()) {
                case Handlers.Kind.Whole whole -> {
                    entrance.handler(ApiRouter::beginReading);
                    route.handler(bodies).handler(context -> handle(context, whole.handler()));
                }
                case Handlers.Kind.Streaming streaming ->
                        route.handler(ApiRouter::invite)
                                .handler(context -> streaming.handler().handle(context, principal(context)));
            }
            route.failureHandler(this::failed);
        }
        return router;
    }

    /// Host and Origin are checked for everything; who it is, is noted for what needs to know.
    private void enter(RoutingContext context) {
        HttpServerRequest request = context.request();
        HostAndPort authority = request.authority();
        String host = authority == null ? "" : authority.toString(request.isSSL());
        String written = request.getHeader("host");
        if (request.headers().getAll("host").size() > 1) {
            send(context, Answer.problem(HttpProblem.badRequest("A request has one Host header, not several.")));
            return;
        }
        boolean isLoopback = request.remoteAddress() != null && isLoopback(request);
        Gate.Decision decision = gate.decide(written == null ? host : written, isLoopback, new RequestHeaders(request));
        Gate.Refusal refusal = decision.refusal();
        context.response()
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Content-Security-Policy", NO_SCRIPTS)
                .putHeader("Referrer-Policy", "no-referrer");
        if (refusal != null && refusal.status() != 401) {
            send(context, Answer.problem(new HttpProblem(refusal.status(), refusal.code(), refusal.message())));
            return;
        }
        if (foreignPages.admit(request)) {
            send(context, Answer.empty(204));
            return;
        }
        if (!isReadable(context)) {
            send(
                    context,
                    Answer.problem(HttpProblem.badRequest("The address has a % without two hexadecimal digits.")));
            return;
        }
        context.put(REFUSAL, refusal);
        context.put(PRINCIPAL, decision.principal());
        context.next();
    }

    private record RequestHeaders(HttpServerRequest request) implements Gate.Headers {
        @Override
        public @Nullable String get(String name) {
            return request.getHeader(name);
        }

        @Override
        public Set<String> names() {
            return request.headers().names();
        }
    }

    /// Whether the path can be held against routes, and the query has parameters. Otherwise whoever asks for these first would take it for a fault of the server.
    private static boolean isReadable(RoutingContext context) {
        try {
            return context.normalizedPath() != null && context.queryParams() != null;
        } catch (IllegalArgumentException | HttpException e) {
            return false;
        }
    }

    private void measure(RoutingContext context, String operation) {
        long started = System.nanoTime();
        context.addEndHandler(
                _ -> metrics.request(operation, context.response().getStatusCode(), System.nanoTime() - started));
        context.next();
    }

    private static boolean isLoopback(HttpServerRequest request) {
        String address = request.remoteAddress().hostAddress();
        return address != null
                && (address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1") || address.equals("::1"));
    }

    private void admit(RoutingContext context, Handlers.Entry entry) {
        Principal principal = context.get(PRINCIPAL);
        if (principal == null) {
            Gate.Refusal refusal = context.get(REFUSAL);
            send(
                    context,
                    Answer.problem(new HttpProblem(401, refusal.code(), refusal.message()))
                            .with("WWW-Authenticate", "Bearer"));
        } else if (!principal.may(entry.scope())) {
            send(
                    context,
                    Answer.problem(
                            new HttpProblem(
                                    403,
                                    "server/scope-needed",
                                    "The token does not allow this; scope "
                                            + entry.scope().text()
                                            + " is needed. Make one with: diptych token create --scope "
                                            + entry.scope().text())));
        } else {
            context.next();
        }
    }

    private static void checkParameter(RoutingContext context, String parameter, Pattern pattern) {
        String value = context.pathParam(parameter);
        if (pattern.matcher(value).matches()) {
            context.next();
        } else {
            send(
                    context,
                    Answer.problem(
                            HttpProblem.badRequest(
                                    parameter
                                            + " \""
                                            + Request.shown(value)
                                            + "\" in the path does not match "
                                            + pattern
                                            + ".")));
        }
    }

    /// Who makes a request; [Principal#LOCAL] where the operation is open to everybody.
    static Principal principal(RoutingContext context) {
        Principal principal = context.get(PRINCIPAL);
        return principal == null ? Principal.LOCAL : principal;
    }

    /// Who makes a request, or null if that is not known.
    static @Nullable Principal known(RoutingContext context) {
        return context.get(PRINCIPAL);
    }

    private static void beginReading(RoutingContext context) {
        context.put(IS_READING, true);
        context.next();
    }

    /// Tells a client that waits for it to send its body.
    private static void invite(RoutingContext context) {
        if ("100-continue".equalsIgnoreCase(context.request().getHeader("Expect"))) {
            context.response().writeContinue();
        }
        context.next();
    }

    private void handle(RoutingContext context, Handlers.Handler handler) {
        context.remove(IS_READING);
        Buffer body = context.body().buffer();
        Request request =
                new Request(
                        Map.copyOf(context.pathParams()),
                        context.queryParams(),
                        MultiMap.caseInsensitiveMultiMap().addAll(context.request().headers()),
                        body == null ? Buffer.buffer() : body,
                        principal(context),
                        reader);
        offLoop(context, () -> handler.handle(request));
    }

    /// Runs what may block on a virtual thread, and answers on the event loop.
    static void offLoop(RoutingContext context, Work work) {
        var loop = context.vertx().getOrCreateContext();
        IdleGuard guard = IdleGuard.of(context.request().connection());
        guard.begin();
        Thread.ofVirtual()
                .name("http")
                .start(() -> {
                    Answer answer;
                    try {
                        answer = work.answer();
                    } catch (Exception | StackOverflowError e) {
                        answer = Answer.problem(HttpProblem.of(e));
                    }
                    Answer sent = answer;
                    loop.runOnContext(_ -> {
                        guard.end();
                        send(context, sent);
                    });
                });
    }

    @FunctionalInterface
    interface Work {
        Answer answer() throws Exception;
    }

    private void failed(RoutingContext context) {
        int status = context.statusCode();
        HttpProblem problem =
                switch (status) {
                    case 413 ->
                            new HttpProblem(
                                    413,
                                    "server/body-too-large",
                                    "The body is larger than "
                                            + maxBodyBytes
                                            + " bytes, which is the limit. Put pictures into assets, and refer to these.");
                    case 400 -> HttpProblem.badRequest("The request cannot be read.");
                    default -> {
                        if (context.failure() == null) {
                            yield new HttpProblem(status, "server/refused", "Refused.");
                        }
                        if (context.get(IS_READING) != null) {
                            LOG.debug("A body could not be read", context.failure());
                            yield HttpProblem.badRequest("The body was broken off, or is not written as HTTP has it.");
                        }
                        yield HttpProblem.of(context.failure());
                    }
                };
        send(context, Answer.problem(problem));
    }

    static void send(RoutingContext context, Answer answer) {
        var response = context.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (!answer.mediaType().isEmpty()) {
            response.putHeader("Content-Type", answer.mediaType());
        }
        var _ = response.end(answer.body());
    }
}
