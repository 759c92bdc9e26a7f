// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.cache.CacheEntry;
import dev.diptych.engine.cache.CacheKey;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.execution.RunListener.NodeRecord;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One run of a plan. Messages alone touch the state below, and they are read one at a time: what a node has done on the thread that it computed on, which goes on with
/// the next node, and what comes from outside on a virtual thread. Nodes compute on the pool.
public final class Run {
    private static final Logger LOG = LoggerFactory.getLogger(Run.class);
    private static final long GRACE_SECONDS = 10;
    private static final long SUBMIT_NANOS = 1_000_000;

    private final WorkflowExecutor executor;
    private final Plan plan;
    private final RunOptions options;
    private final RunListener listener;
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final Mailbox mailbox = new Mailbox(() -> guarded(this::goOn));
    private final RunningCalls calls;

    private final NodeState[] states;
    private final SourceValues sources;
    private final NodeKeys keys;
    private final ArrayDeque<Integer> ready = new ArrayDeque<>();
    private final List<Runnable> unsubmitted = new ArrayList<>();
    private long unsubmittedSince;
    private final Set<Wait> waits = new LinkedHashSet<>();
    private int unfinished;
    private boolean isEnded;

    Run(WorkflowExecutor executor, Plan plan, Map<String, JsonNode> given, RunOptions options, RunListener listener) {
        this.executor = executor;
        this.plan = plan;
        this.options = options;
        this.listener = listener;
        this.calls = new RunningCalls(executor, options, listener);
        this.states = new NodeState[plan.nodes().size()];
        this.sources = new SourceValues(executor.literals(), given, step -> states[step].outputs);
        this.keys = new NodeKeys(executor, options);
        this.unfinished = states.length;
    }

    void start() {
        tell(this::prepare);
    }

    /// From outside: who tells something never waits for what follows from it.
    private void tell(Runnable message) {
        if (mailbox.add(() -> guarded(message))) {
            Thread.ofVirtual().name("run-" + options.workflow()).start(mailbox::read);
        }
    }

    /// Completed when no node runs any more, or ten seconds after a cancel. Completes exceptionally only for a fault of the engine.
    public CompletableFuture<RunResult> result() {
        return result;
    }

    /// Asks the run to stop: running nodes are told and interrupted, as is the reading of an asset, the others do not start. May be called from any thread, and again.
    public void cancel() {
        calls.cancel();
        sources.breakOff();
        tell(this::stopWaiting);
        CompletableFuture.delayedExecutor(GRACE_SECONDS, TimeUnit.SECONDS).execute(() -> tell(this::finish));
    }

    /// Starts no further node. The run ends, as cancelled, when the nodes that run now have ended.
    public void windDown() {
        calls.windDown();
        tell(this::stopWaiting);
    }

    /// Nodes that still hold a thread. Not empty after [#result] only if they ignored a cancel.
    public Set<String> runningNodes() {
        return calls.nodes();
    }

    /// How long a device has computed for each node that it computes for now.
    public Map<String, Duration> deviceCalls() {
        return calls.deviceCalls();
    }

    /// A call whose result another run computes.
    private static final class Wait {
        final NodeState state;
        final CacheKey key;
        Consumer<@Nullable CacheEntry> landed = _ -> {};

        Wait(NodeState state, CacheKey key) {
            this.state = state;
            this.key = key;
        }
    }

    private void guarded(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException | Error e) {
            LOG.error("The run of {} ended by a fault of the engine", options.workflow(), e);
            isEnded = true;
            calls.cancel();
            waits.forEach(wait -> executor.cache().leave(wait.key, wait.landed));
            result.completeExceptionally(e);
        }
    }

    /// After each message: begins the nodes that have become ready, and ends the run after the last one.
    private void goOn() {
        try {
            for (Integer next = ready.poll(); next != null && !isEnded; next = ready.poll()) {
                begin(states[next]);
                if (!unsubmitted.isEmpty() && System.nanoTime() - unsubmittedSince > SUBMIT_NANOS) {
                    handOver();
                }
            }
        } finally {
            handOver(); // also before a fault ends the run: others may wait for what these have the lead of
        }
        if (unfinished == 0) {
            finish();
        }
    }

    /// Gives the pool what is to be computed: together, since each hand-over costs more than a small node.
    private void handOver() {
        if (!unsubmitted.isEmpty()) {
            executor.pool().execute(unsubmitted);
            unsubmitted.clear();
        }
    }

    /// Once. What still runs then ignores a cancel, and its end is no longer of interest.
    private void finish() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        executor.cache().keepNotes(notesOf());
        RunResult ended = ended();
        Thread.ofVirtual().name("run-" + options.workflow()).start(() -> result.complete(ended));
    }

    private void prepare() {
        for (int i = 0; i < states.length; i++) {
            states[i] = new NodeState(plan.nodes().get(i));
            for (Plan.Source source : states[i].step.inputs().values()) {
                dependOn(source, i);
            }
            if (states[i].waitingFor == 0) {
                ready.add(i);
            }
        }
    }

    private void dependOn(Plan.Source source, int node) {
        switch (source) {
            case Plan.Source.FromStep from -> {
                states[from.step()].dependents.add(node);
                states[node].waitingFor++;
            }
            case Plan.Source.Gathered gathered -> gathered.elements().forEach(element -> dependOn(element, node));
            case Plan.Source.Constant _, Plan.Source.Given _ -> {}
        }
    }

    private void begin(NodeState state) {
        String killer = options.failAtOnce().get(state.step.id());
        OptionalInt missing = sources.missing(state.step.inputs().values());
        if (calls.isStopping()) {
            state.wasCancelled = true;
            end(state, NodeRecord.Status.CANCELLED);
        } else if (missing.isPresent()) {
            String needed = states[missing.getAsInt()].step.id();
            state.fail("engine/skipped", "skipped, because \"" + needed + "\" gave no result.", null);
            end(state, NodeRecord.Status.SKIPPED);
        } else if (killer != null) {
            state.fail("engine/node-killed-worker", killer, "Tell the author of the plugin.");
            end(state, NodeRecord.Status.FAILED);
        } else {
            call(state);
        }
    }

    private void call(NodeState state) {
        try {
            Map<String, TypedValue> values = new LinkedHashMap<>();
            state.step.inputs().forEach((port, source) -> values.put(port, sources.value(source)));
            state.inputDigests = NodeState.digests(values);
            state.mapping = new ListMapping(state.step, values);
        } catch (NodeException e) {
            if (calls.isStopping()) {
                state.wasCancelled = true;
                end(state, NodeRecord.Status.CANCELLED);
            } else {
                state.fail(e.code(), String.valueOf(e.getMessage()), e.next().orElse(null));
                end(state, NodeRecord.Status.FAILED);
            }
            return;
        }
        int count = state.mapping.calls().size();
        state.results = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            state.results.add(null);
        }
        state.open = count;
        if (count == 0) {
            endCalls(state);
        }
        for (int i = 0; i < count; i++) {
            lookUp(state, i);
        }
    }

    private void lookUp(NodeState state, int index) {
        Map<String, TypedValue> values = Objects.requireNonNull(state.mapping).calls().get(index);
        CacheKey key = keys.of(state.step.schema(), values);
        if (index == 0) {
            note(state, key, values);
        }
        if (!options.usesCacheFor(state.step.id())) {
            state.isForced = true;
            submit(state, index, key, values, false);
            return;
        }
        Wait wait = new Wait(state, key);
        wait.landed =
                entry ->
                        tell(() -> {
                            waits.remove(wait);
                            landed(state, index, key, values, entry);
                        });
        waits.add(wait);
        if (executor.cache().enter(key, wait.landed)) {
            waits.remove(wait);
            CacheEntry hit = executor.cache().find(key, state.step.schema());
            if (hit == null) {
                submit(state, index, key, values, true);
            } else {
                executor.cache().land(key, hit);
                take(state, index, hit);
            }
        }
    }

    /// A cancelled run waits for nobody's result, and must not be handed a lead after its end.
    private void stopWaiting() {
        for (Wait wait : List.copyOf(waits)) {
            if (executor.cache().leave(wait.key, wait.landed)) {
                waits.remove(wait);
                wait.state.wasCancelled = true;
                callEnded(wait.state);
            }
        }
    }

    /// Another run had the lead: it has a result, or hands the lead over.
    private void landed(
            NodeState state, int index, CacheKey key, Map<String, TypedValue> values, @Nullable CacheEntry entry) {
        if (entry != null) {
            take(state, index, entry);
            return;
        }
        submit(state, index, key, values, true);
    }

    private void take(NodeState state, int index, CacheEntry entry) {
        state.cached++;
        returned(state, index, entry.outputs(), 0);
    }

    private void submit(NodeState state, int index, CacheKey key, Map<String, TypedValue> values, boolean leads) {
        if (calls.isStopping()) {
            if (leads) {
                executor.cache().land(key, null);
            }
            state.wasCancelled = true;
            callEnded(state);
            return;
        }
        calls.expect(state.step);
        if (unsubmitted.isEmpty()) {
            unsubmittedSince = System.nanoTime();
        }
        unsubmitted.add(() -> {
            RunningCalls.Outcome outcome = calls.compute(state.step, key, values);
            boolean reads = mailbox.add(() -> guarded(() -> computed(state, index, outcome)));
            if (leads) {
                executor.cache().land(key, outcome instanceof RunningCalls.Outcome.Returned it ? it.entry() : null);
            }
            if (reads) {
                mailbox.read();
            }
        });
        if (!state.isStarted) { // before it is handed over, so it is told before it computes
            state.isStarted = true;
            state.missReason = missReason(state);
            listener.nodeStarted(state.step.id());
        }
    }

    /// So that the next run can say what changed since this one.
    private void note(NodeState state, CacheKey key, Map<String, TypedValue> values) {
        state.keyParts = NodeKeys.inWords(key, values);
        state.lastKeyParts = executor.cache().note(notesOf(), state.step.id(), state.keyParts);
    }

    private String notesOf() {
        return options.owner() + "\n" + options.workflow();
    }

    private String missReason(NodeState state) {
        if (state.isForced) {
            return "it was to be run again";
        }
        boolean isSame = state.results.size() > 1 && state.keyParts.equals(state.lastKeyParts);
        return isSame
                ? "an element of its lists changed"
                : executor.cache().explainMiss(state.lastKeyParts, state.keyParts);
    }

    private void computed(NodeState state, int index, RunningCalls.Outcome outcome) {
        switch (outcome) {
            case RunningCalls.Outcome.Returned it -> {
                state.deviceUse = state.deviceUse.plus(it.deviceUse());
                returned(state, index, it.entry().outputs(), it.nanos());
            }
            case RunningCalls.Outcome.Failed(NodeException error) -> {
                state.fail(error.code(), String.valueOf(error.getMessage()), error.next().orElse(null));
                callEnded(state);
            }
            case RunningCalls.Outcome.Stopped _ -> {
                state.wasCancelled = true;
                callEnded(state);
            }
        }
    }

    private void returned(NodeState state, int index, Map<String, TypedValue> outputs, long nanos) {
        state.results.set(index, outputs);
        state.nanos += nanos;
        callEnded(state);
    }

    private void callEnded(NodeState state) {
        if (--state.open == 0 && !isEnded) {
            endCalls(state);
        }
    }

    private void endCalls(NodeState state) {
        if (state.problem != null) {
            end(state, NodeRecord.Status.FAILED);
        } else if (state.wasCancelled) {
            end(state, NodeRecord.Status.CANCELLED);
        } else {
            List<Map<String, TypedValue>> results = state.results.stream().map(Objects::requireNonNull).toList();
            state.outputs = Objects.requireNonNull(state.mapping).gathered(results);
            end(state, NodeRecord.Status.SUCCEEDED);
        }
    }

    private void end(NodeState state, NodeRecord.Status status) {
        NodeRecord record = state.record(status);
        state.record = record;
        state.results = List.of();
        unfinished--;
        listener.nodeEnded(record);
        for (int dependent : state.dependents) {
            if (--states[dependent].waitingFor == 0) {
                ready.add(dependent);
            }
        }
    }

    private RunResult ended() {
        LinkedHashMap<String, TypedValue> outputs = new LinkedHashMap<>();
        List<Problem> problems = new ArrayList<>();
        List<NodeRecord> records = new ArrayList<>();
        for (NodeState state : states) {
            if (state != null && state.record != null) {
                records.add(state.record);
                if (state.record.status() == NodeRecord.Status.FAILED) {
                    problems.add(Objects.requireNonNull(state.problem));
                }
            }
        }
        for (Map.Entry<String, Plan.Output> output : plan.outputs().entrySet()) {
            if (sources.missing(List.of(output.getValue().source())).isPresent()) {
                continue;
            }
            try {
                outputs.put(output.getKey(), sources.value(output.getValue().source()));
            } catch (NodeException e) {
                problems.add(
                        new Problem(
                                e.code(),
                                null,
                                null,
                                output.getKey(),
                                String.valueOf(e.getMessage()),
                                e.next().orElse(null)));
            }
        }
        RunResult.Status status =
                calls.isStopping()
                        ? RunResult.Status.CANCELLED
                        : problems.isEmpty() ? RunResult.Status.SUCCEEDED : RunResult.Status.FAILED;
        return new RunResult(status, outputs, problems, records);
    }
}
