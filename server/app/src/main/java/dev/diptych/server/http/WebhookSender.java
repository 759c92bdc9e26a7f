// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.Webhooks;
import dev.diptych.server.transfer.PublicTargets;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Tells those who asked that their jobs have ended: a POST with the job, again with growing pauses until it is answered with
/// a status of 200 to 299. Redirects are not followed. Several are told at a time, so that a target which takes its time delays no other.
final class WebhookSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
    private static final long TICK_MILLISECONDS = 500;
    private static final int TIMEOUT_MILLISECONDS = 10_000;

    private final Webhooks webhooks;
    private final WebhookTargets targets;
    private final HttpClient client;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final ExecutorService calls =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("webhook-", 0).factory());
    private final ScheduledExecutorService ticks =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("webhooks").factory());

    WebhookSender(Vertx vertx, Webhooks webhooks, WebhookTargets targets) {
        this.webhooks = webhooks;
        this.targets = targets;
        this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(TIMEOUT_MILLISECONDS));
        var _ = ticks.scheduleWithFixedDelay(this::tick, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            for (Webhooks.Call call : webhooks.due()) {
                if (underWay.add(call.job().id())) {
                    calls.execute(() -> tell(call));
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("Webhooks cannot be told: {}", e.toString());
        }
    }

    private void tell(Webhooks.Call call) {
        try {
            Optional<String> failure = attempt(call);
            if (failure.isEmpty()) {
                webhooks.delivered(call);
                return;
            }
            String next =
                    webhooks.failed(call)
                            .map(pause -> "It is tried again in " + pause.toSeconds() + " s.")
                            .orElse("It is given up.");
            LOG.warn("The webhook of job {} was not told: {} {}", call.job().id(), failure.get(), next);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("The webhook of job {} cannot be told: {}", call.job().id(), e.toString());
        } finally {
            underWay.remove(call.job().id());
        }
    }

    /// Whatever goes wrong with one target is its own failure, and keeps no other from being told.
    ///
    /// @return why it was not told; empty if it was
    private Optional<String> attempt(Webhooks.Call call) throws InterruptedException {
        try {
            int status = post(targets.check(call.url()), call);
            return status / 100 == 2 ? Optional.empty() : Optional.of("it answered " + status + ".");
        } catch (HttpProblem e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (ExecutionException e) {
            return Optional.of(e.getCause() + ".");
        } catch (TimeoutException e) {
            return Optional.of("it did not answer in time.");
        } catch (RuntimeException e) {
            return Optional.of(e + ".");
        }
    }

    private int post(PublicTargets.Target target, Webhooks.Call call)
            throws InterruptedException, ExecutionException, TimeoutException {
        RequestOptions options =
                target.request(HttpMethod.POST)
                        .putHeader("Content-Type", "application/json")
                        .setTimeout(TIMEOUT_MILLISECONDS);
        return client.request(options)
                .compose(request -> request.send(Answer.buffer(JobViews.of(call.job()))))
                .map(response -> response.statusCode())
                .toCompletionStage()
                .toCompletableFuture()
                .get(2L * TIMEOUT_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        calls.shutdownNow();
    }
}
