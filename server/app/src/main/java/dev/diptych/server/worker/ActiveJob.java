// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.execution.Breakable;
import dev.diptych.engine.execution.DeviceUse;
import dev.diptych.engine.execution.Run;
import dev.diptych.engine.execution.RunListener;
import dev.diptych.engine.execution.RunOptions;
import dev.diptych.engine.execution.RunResult;
import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.engine.graph.InputChecker;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.value.JpegWriter;
import dev.diptych.engine.value.Thumbnails;
import dev.diptych.server.worker.link.LinkJson;
import dev.diptych.server.worker.link.NodeReport;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkflowBundle;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// One claimed job at its worker: plans it, runs it, reports it. What it tells goes to a [Reports].
final class ActiveJob implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(ActiveJob.class);
    private static final ObjectMapper JSON = LinkJson.mapper();
    private static final int PREVIEW_PIXELS = 384;
    private static final double PREVIEW_QUALITY = 0.8;

    /// Ten a second for a job, however many of its nodes run.
    private static final long PREVIEW_NANOS = 100_000_000;

    private static final long STUBBORN_MILLISECONDS = 50;

    /// Of outputs, after a cancellation; the server waits twice as long for its confirmation.
    private static final long STORING_SECONDS = 5;

    /// How many nodes a job may have is a setting of the server, which has accepted it.
    private static final Limits LIMITS = Limits.DEFAULT.withNodes(Integer.MAX_VALUE);

    private final ToWorker.Assign assignment;
    private final WorkflowExecutor executor;
    private final WorkerAssets assets;
    private final Reports reports;
    private final Breakable storing = new Breakable();
    private final AtomicLong previewedAt = new AtomicLong(System.nanoTime() - PREVIEW_NANOS);
    private volatile @Nullable Run run;
    private volatile boolean isCancelled;
    private volatile boolean isWindingDown;
    private volatile boolean isDropped;

    /// Where an active job's news go.
    interface Reports {
        /// Sends something that may be lost.
        void tell(ToServer message);

        /// Returns when the message has left this process.
        void announce(ToServer.NodeStarted started);

        /// Sends, and sends again until it is acknowledged.
        void report(NodeReport report);

        void finish(Outcome outcome);

        boolean isWatched();

        /// Nothing follows; the job was stopped without an end.
        void dropped();
    }

    ActiveJob(ToWorker.Assign assignment, WorkflowExecutor executor, WorkerAssets assets, Reports reports) {
        this.assignment = assignment;
        this.executor = executor;
        this.assets = assets;
        this.reports = reports;
    }

    /// Plans, runs and reports; returns when the job has ended here. On a virtual thread of its own.
    void work() {
        Outcome outcome;
        try {
            outcome = outcome();
        } catch (DocumentException e) {
            outcome = failed(e.problems());
        } catch (NodeException e) {
            outcome =
                    failed(
                            List.of(
                                    new Problem(
                                            e.code(),
                                            null,
                                            null,
                                            null,
                                            String.valueOf(e.getMessage()),
                                            e.next().orElse(null))));
        } catch (IOException e) {
            LOG.error("A result of job {} cannot be stored", assignment.holding().job(), e);
            outcome =
                    failed(
                            List.of(
                                    new Problem(
                                            "server/result-not-stored",
                                            null,
                                            null,
                                            null,
                                            "A result could not be stored: " + e.getMessage() + ".",
                                            "Make room in the data folder of the worker and its server, then retry the job; nodes that ended are not run again.")));
        } catch (RuntimeException e) {
            LOG.error("Job {} ended by a fault of the worker", assignment.holding().job(), e);
            outcome =
                    failed(
                            List.of(
                                    new Problem(
                                            "server/worker-fault",
                                            null,
                                            null,
                                            null,
                                            "The worker failed: " + e + ".",
                                            "Look into the worker's log, then retry the job.")));
        }
        if (isDropped || (isWindingDown && outcome.status() == Outcome.Status.CANCELLED && !isCancelled)) {
            reports.dropped();
        } else {
            reports.finish(outcome);
        }
    }

    private Outcome outcome() throws IOException {
        WorkflowBundle bundle = WorkflowBundle.of(assignment.workflow());
        WorkflowReader reader = new WorkflowReader(TypeReader.of(executor.library()), Integer.MAX_VALUE);
        WorkflowDocument document =
                new Migrations(executor.library()).upgrade(reader.read(bundle.document())).document();
        InputChecker.CheckedInputs inputs = new InputChecker().check(document, fields(assignment.inputs()));
        Planner planner =
                new Planner(
                        executor.library(),
                        name -> Optional.ofNullable(bundle.nested().get(name)).map(reader::read),
                        LIMITS);
        Plan plan = planner.plan(document, Set.copyOf(assignment.outputs()), inputs.types());
        RunResult result = run(document, inputs, plan);
        String outputs;
        try {
            outputs = storing.call(() -> new JobOutputs(assets).write(result.outputs()).toString());
        } catch (IOException e) {
            if (isCancelled) {
                return new Outcome(Outcome.Status.CANCELLED, "{}", null);
            }
            throw e;
        }
        return switch (result.status()) {
            case SUCCEEDED -> new Outcome(Outcome.Status.SUCCEEDED, outputs, null);
            case FAILED -> new Outcome(Outcome.Status.FAILED, outputs, text(result.problems()));
            case CANCELLED -> new Outcome(Outcome.Status.CANCELLED, outputs, null);
        };
    }

    private RunResult run(WorkflowDocument document, InputChecker.CheckedInputs inputs, Plan plan) {
        JobOptions options = JobOptions.of(assignment.options());
        Run started =
                executor.start(
                        plan,
                        inputs.values(),
                        new RunOptions(
                                assignment.owner(),
                                document.name(),
                                options.usesCache(),
                                options.recomputed(),
                                assignment.finishedNodes(),
                                options.deterministic(),
                                assignment.nodesThatKilled()),
                        this);
        run = started;
        if (isCancelled) {
            started.cancel();
        }
        if (isWindingDown) {
            started.windDown();
        }
        RunResult result = started.result().join();
        awaitStubbornNodes(started);
        return result;
    }

    /// How long a device has computed for each node that it computes for now.
    Map<String, Duration> deviceCalls() {
        Run current = run;
        return current == null ? Map.of() : current.deviceCalls();
    }

    /// A cancellation is confirmed only when no node of the job runs any more; the server loses patience first.
    private void awaitStubbornNodes(Run started) {
        while (!started.runningNodes().isEmpty() && !isDropped) {
            try {
                Thread.sleep(STUBBORN_MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /// How a job ended whose outputs the link does not carry.
    static Outcome tooLarge(String reason) {
        return failed(
                List.of(
                        new Problem(
                                "server/result-too-large",
                                null,
                                null,
                                null,
                                "The outputs cannot be sent to the server: " + reason + ".",
                                "Ask for fewer outputs, or for pictures and not for lists of numbers or long texts.")));
    }

    private static Outcome failed(List<Problem> problems) {
        return new Outcome(Outcome.Status.FAILED, "{}", text(problems));
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, JsonNode> fields(String json) throws IOException {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        JSON.readTree(json).properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        return fields;
    }

    void cancel() {
        isCancelled = true;
        Run current = run;
        if (current != null) {
            current.cancel();
        }
        CompletableFuture.delayedExecutor(STORING_SECONDS, TimeUnit.SECONDS).execute(storing::breakOff);
    }

    /// Starts no further node, and drops the job when the running ones have ended.
    void windDown() {
        isWindingDown = true;
        Run current = run;
        if (current != null) {
            current.windDown();
        }
    }

    /// The job is not this worker's any more.
    void drop() {
        isDropped = true;
        cancel();
    }

    @Override
    public void nodeStarted(String node) {
        reports.announce(new ToServer.NodeStarted(assignment.holding(), node));
    }

    @Override
    public void progress(String node, double fraction, String message, @Nullable Duration left) {
        reports.tell(new ToServer.Progress(assignment.holding(), node, fraction, message, left));
    }

    @Override
    public boolean isWatched() {
        return reports.isWatched();
    }

    @Override
    public boolean wantsPreview(String node) {
        if (!reports.isWatched()) {
            return false;
        }
        long now = System.nanoTime();
        long last = previewedAt.get();
        return now - last >= PREVIEW_NANOS && previewedAt.compareAndSet(last, now);
    }

    @Override
    public void preview(String node, Image picture) {
        byte[] bytes = JpegWriter.write(Thumbnails.of(picture, PREVIEW_PIXELS), PREVIEW_QUALITY);
        reports.tell(new ToServer.Preview(assignment.holding(), node, "image/jpeg", bytes));
    }

    @Override
    public void nodeEnded(NodeRecord record) {
        if (record.status() == NodeRecord.Status.CANCELLED && isWindingDown) {
            return; // another worker will run it
        }
        reports.report(
                new NodeReport(
                        record.node(),
                        record.type(),
                        NodeReport.Status.valueOf(record.status().name()),
                        record.computing().toMillis(),
                        record.elements(),
                        record.cached(),
                        record.missReason(),
                        deviceUse(record.deviceUse()),
                        digests(record.inputs()),
                        digests(record.outputs()),
                        record.error() == null ? null : text(record.error())));
    }

    private static NodeReport.@Nullable DeviceUse deviceUse(DeviceUse use) {
        return use.calls() == 0
                ? null
                : new NodeReport.DeviceUse(
                        use.calls(),
                        use.rows(),
                        use.meanBatch(),
                        use.waited().toMillis(),
                        use.share().toMillis(),
                        List.copyOf(use.formats()));
    }

    private static SequencedMap<String, String> digests(List<NodeRecord.PortDigest> ports) {
        SequencedMap<String, String> digests = new LinkedHashMap<>();
        ports.forEach(port -> digests.put(port.port(), port.digest()));
        return digests;
    }
}
