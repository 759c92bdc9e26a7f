// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.JobState;
import dev.diptych.server.worker.link.ToServer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/// Measures for Prometheus: requests by operation and status, jobs by state, workers, and the Java machine.
final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, Timer> requests = new ConcurrentHashMap<>();
    private final JvmGcMetrics collections = new JvmGcMetrics();

    Metrics(JobService jobs) {
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        collections.bindTo(registry);
        Gauge.builder("diptych.jobs.queued", jobs, JobService::queued).description("Jobs that wait").register(registry);
        FunctionCounter.builder("diptych.store.commits", jobs, JobService::commits)
                .description("Transactions of the store, each one sync of the disk")
                .register(registry);
        Gauge.builder("diptych.workers", jobs, service -> service.workers().size())
                .description("Connected workers")
                .register(registry);
        device(jobs, "diptych.device.calls", "Calls of networks", ToServer.Work::calls);
        device(jobs, "diptych.device.rows", "Rows of these calls", ToServer.Work::rows);
        device(jobs, "diptych.device.batches", "Batches that they were computed in", ToServer.Work::batches);
        device(jobs, "diptych.device.batches.joined", "Batches of more than one call", ToServer.Work::joined);
        device(jobs, "diptych.device.busy", "Seconds of computing", work -> work.busy().toMillis() / 1000.0);
        device(jobs, "diptych.device.waited", "Seconds that calls waited", work -> work.waited().toMillis() / 1000.0);
        for (JobState state : JobState.values()) {
            Gauge.builder("diptych.jobs", jobs, service -> service.counts().getOrDefault(state.text(), 0L))
                    .tag("state", state.text())
                    .description("Jobs that are stored, by state")
                    .register(registry);
        }
    }

    /// Of all devices of the workers that are connected.
    private void device(JobService jobs, String name, String description, ToDoubleFunction<ToServer.Work> figure) {
        Gauge.builder(
                        name,
                        jobs,
                        service ->
                                service.workers().stream()
                                        .flatMap(worker -> worker.devices().stream())
                                        .mapToDouble(device -> figure.applyAsDouble(device.work()))
                                        .sum())
                .description(description)
                .register(registry);
    }

    void request(String operation, int status, long nanoseconds) {
        requests.computeIfAbsent(
                        operation + " " + status,
                        _ ->
                                Timer.builder("diptych.http.requests")
                                        .tag("operation", operation)
                                        .tag("status", Integer.toString(status))
                                        .register(registry))
                .record(Duration.ofNanos(nanoseconds));
    }

    String text() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
