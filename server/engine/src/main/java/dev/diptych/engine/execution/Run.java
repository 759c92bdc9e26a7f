// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.cache.CacheEntry;
import dev.diptych.engine.cache.CacheKey;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.execution.RunListener.NodeRecord;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One run of a plan. Messages alone touch the state below, and they are read one at a time: what a node has done on the thread that it computed on, which goes on with
/// the next node, and what comes from outside on a virtual thread. Nodes compute on the pool.
public final class Run {
    private static final Logger LOG = LoggerFactory.getLogger(Run.class);
    private static final long GRACE_SECONDS = 10;
    private static final long SUBMIT_NANOS = 1_000_000;
    private static final int SHORT_LITERAL = 40;
    private static final String NOT_INSTALLED = "not installed";

    private final WorkflowExecutor executor;
    private final Plan plan;
    private final Map<String, JsonNode> given;
    private final RunOptions options;
    private final RunListener listener;
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final Mailbox mailbox = new Mailbox(() -> guarded(this::goOn));
    private final Set<Thread> computing = ConcurrentHashMap.newKeySet();
    private final Set<CallContext> contexts = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> inPool = new ConcurrentHashMap<>();
    private volatile boolean isCancelled;
    private volatile boolean isWindingDown;

    private final NodeState[] states;
    private final Map<Object, TypedValue> literals = new IdentityHashMap<>();
    private final Map<ModelReference, String> modelDigests = new HashMap<>();
    private final Map<String, TypedValue> inputs = new LinkedHashMap<>();
    private final ArrayDeque<Integer> ready = new ArrayDeque<>();
    private final List<Runnable> unsubmitted = new ArrayList<>();
    private long unsubmittedSince;
    private final Set<Wait> waits = new LinkedHashSet<>();
    private int unfinished;
    private boolean isEnded;

    Run(WorkflowExecutor executor, Plan plan, Map<String, JsonNode> given, RunOptions options, RunListener listener) {
        this.executor = executor;
        this.plan = plan;
        this.given = given;
        this.options = options;
        this.listener = listener;
        this.states = new NodeState[plan.nodes().size()];
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

    /// Asks the run to stop: running nodes are told and interrupted, the others do not start. May be called from any thread, and again.
    public void cancel() {
        isCancelled = true;
        interruptNodes();
        tell(this::stopWaiting);
        CompletableFuture.delayedExecutor(GRACE_SECONDS, TimeUnit.SECONDS).execute(() -> tell(this::finish));
    }

    /// Starts no further node. The run ends, as cancelled, when the nodes that run now have ended.
    public void windDown() {
        isWindingDown = true;
        tell(this::stopWaiting);
    }

    /// Never interrupts a thread that has gone on to another run's node.
    private void interruptNodes() {
        synchronized (computing) {
            computing.forEach(Thread::interrupt);
        }
    }

    /// Nodes that still hold a thread. Not empty after [#result] only if they ignored a cancel.
    public Set<String> runningNodes() {
        return Set.copyOf(inPool.keySet());
    }

    /// How long a device has computed for each node that it computes for now.
    public Map<String, Duration> deviceCalls() {
        Map<String, Duration> calls = new TreeMap<>();
        for (CallContext context : contexts) {
            context.deviceCall()
                    .ifPresent(age -> calls.merge(context.node(), age, (a, b) -> a.compareTo(b) > 0 ? a : b));
        }
        return calls;
    }

    /// What the run knows of a node.
    private static final class NodeState {
        final Plan.Step step;
        final List<Integer> dependents = new ArrayList<>();
        int waitingFor;
        @Nullable ListMapping mapping;
        List<@Nullable Map<String, TypedValue>> results = List.of();
        int open;
        int cached;
        long nanos;
        DeviceUse deviceUse = DeviceUse.NONE;
        boolean isStarted;
        String missReason = "";
        boolean isForced;
        SortedMap<String, String> keyParts = new TreeMap<>();
        @Nullable Map<String, String> lastKeyParts;
        @Nullable Problem problem;
        boolean wasCancelled;
        List<NodeRecord.PortDigest> inputDigests = List.of();
        @Nullable Map<String, TypedValue> outputs;
        @Nullable NodeRecord record;

        NodeState(Plan.Step step) {
            this.step = step;
        }
    }

    /// A call among those that are computed now, until it is closed.
    private record Watched(Set<CallContext> contexts, CallContext context) implements AutoCloseable {
        private Watched {
            contexts.add(context);
        }

        @Override
        public void close() {
            contexts.remove(context);
        }
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
            isCancelled = true;
            interruptNodes();
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
        NodeState broken = brokenSource(state);
        if (isCancelled || isWindingDown) {
            state.wasCancelled = true;
            end(state, NodeRecord.Status.CANCELLED);
        } else if (broken != null) {
            state.problem =
                    problem(
                            state,
                            "engine/skipped",
                            "skipped, because \"" + broken.step.id() + "\" gave no result.",
                            null);
            end(state, NodeRecord.Status.SKIPPED);
        } else if (killer != null) {
            fail(state, "engine/node-killed-worker", killer, "Tell the author of the plugin.");
            end(state, NodeRecord.Status.FAILED);
        } else {
            call(state);
        }
    }

    private @Nullable NodeState brokenSource(NodeState state) {
        for (Plan.Source source : state.step.inputs().values()) {
            NodeState broken = broken(source);
            if (broken != null) {
                return broken;
            }
        }
        return null;
    }

    /// The node without a result that a source needs, or null.
    private @Nullable NodeState broken(Plan.Source source) {
        ArrayDeque<Plan.Source> open = new ArrayDeque<>();
        open.add(source);
        for (Plan.Source next = open.poll(); next != null; next = open.poll()) {
            if (next instanceof Plan.Source.FromStep from && states[from.step()].outputs == null) {
                return states[from.step()];
            }
            if (next instanceof Plan.Source.Gathered gathered) {
                open.addAll(gathered.elements());
            }
        }
        return null;
    }

    private void call(NodeState state) {
        try {
            Map<String, TypedValue> values = new LinkedHashMap<>();
            state.step.inputs().forEach((port, source) -> values.put(port, value(source)));
            state.inputDigests =
                    values.entrySet().stream()
                            .map(input -> new NodeRecord.PortDigest(input.getKey(), input.getValue().digest()))
                            .toList();
            state.mapping = new ListMapping(state.step, values);
        } catch (NodeException e) {
            fail(state, e.code(), String.valueOf(e.getMessage()), e.next().orElse(null));
            end(state, NodeRecord.Status.FAILED);
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

    private TypedValue value(Plan.Source source) {
        return switch (source) {
            case Plan.Source.Constant constant -> {
                TypedValue known = literals.get(constant);
                if (known == null) {
                    known = executor.literals().value(constant.value(), constant.type());
                    literals.put(constant, known);
                }
                yield known;
            }
            case Plan.Source.Given input -> {
                TypedValue known = inputs.get(input.input());
                if (known == null) {
                    known = executor.literals().value(Objects.requireNonNull(given.get(input.input())), input.type());
                    inputs.put(input.input(), known);
                }
                yield known;
            }
            case Plan.Source.FromStep from ->
                    Objects.requireNonNull(Objects.requireNonNull(states[from.step()].outputs).get(from.port()));
            case Plan.Source.Gathered gathered -> ListMapping.combined(gathered, this::value);
        };
    }

    private void lookUp(NodeState state, int index) {
        Map<String, TypedValue> values = Objects.requireNonNull(state.mapping).calls().get(index);
        Map<String, String> digests = new TreeMap<>();
        values.forEach((port, value) -> digests.put(port, value.digest()));
        SortedMap<String, String> models = new TreeMap<>();
        values.values().forEach(value -> noteModels(value.value(), models));
        CacheKey key =
                CacheKey.of(
                        state.step.schema().type() + " version " + state.step.schema().version(),
                        state.step.schema().pluginDigest(),
                        executor.engineVersion(),
                        executor.models().computation() + (options.deterministic() ? " deterministic" : ""),
                        digests,
                        models);
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

    /// The digests of the models that a value names, so that changed weights are a miss. Each is asked for once in a run.
    private void noteModels(Object value, SortedMap<String, String> models) {
        switch (value) {
            case ModelReference reference ->
                    models.put(
                            modelName(reference),
                            modelDigests.computeIfAbsent(
                                    reference, named -> executor.models().digest(named).orElse(NOT_INSTALLED)));
            case List<?> list -> list.forEach(element -> noteModels(element, models));
            case Map<?, ?> fields -> fields.values().forEach(field -> noteModels(field, models));
            default -> {}
        }
    }

    private static String modelName(ModelReference reference) {
        StringBuilder name = new StringBuilder(reference.id());
        reference.adapters().forEach(adapter -> name.append(" with ").append(adapter.model()));
        return name.toString();
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
        if (isCancelled || isWindingDown) {
            if (leads) {
                executor.cache().land(key, null);
            }
            state.wasCancelled = true;
            callEnded(state);
            return;
        }
        inPool.merge(state.step.id(), 1, Integer::sum);
        if (unsubmitted.isEmpty()) {
            unsubmittedSince = System.nanoTime();
        }
        unsubmitted.add(() -> {
            Called called = compute(state, index, key, values);
            inPool.computeIfPresent(state.step.id(), (_, count) -> count == 1 ? null : count - 1);
            boolean reads = mailbox.add(() -> guarded(called.message()));
            if (leads) {
                executor.cache().land(key, called.entry());
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

    /// What a call of a node came to.
    private record Called(@Nullable CacheEntry entry, Runnable message) {
        static Called without(Runnable message) {
            return new Called(null, message);
        }
    }

    /// On a thread of the pool.
    private Called compute(NodeState state, int index, CacheKey key, Map<String, TypedValue> values) {
        Thread thread = Thread.currentThread();
        long started = System.nanoTime();
        computing.add(thread);
        try (MDC.MDCCloseable _ = MDC.putCloseable("workflow", options.workflow());
                MDC.MDCCloseable _ = MDC.putCloseable("node", state.step.id());
                CallContext context =
                        new CallContext(
                                state.step.id(),
                                state.step.schema().type(),
                                listener,
                                () -> isCancelled,
                                executor,
                                options);
                Watched _ = new Watched(contexts, context)) {
            context.checkCancelled();
            if (isWindingDown) {
                throw new CancellationException("The run winds down");
            }
            Map<String, Object> plain = new LinkedHashMap<>();
            values.forEach((port, value) -> plain.put(port, value.value()));
            Map<String, Object> outputs = executor.library().invoker(state.step.schema().type()).invoke(plain, context);
            CacheEntry entry = entry(state.step, outputs);
            executor.cache().store(key, entry);
            long nanos = System.nanoTime() - started;
            DeviceUse use = context.deviceUse();
            return new Called(
                    entry,
                    () -> {
                        state.deviceUse = state.deviceUse.plus(use);
                        returned(state, index, entry.outputs(), nanos);
                    });
        } catch (CancellationException e) {
            return Called.without(() -> {
                state.wasCancelled = true;
                callEnded(state);
            });
        } catch (Throwable e) {
            NodeException error = e instanceof NodeException known ? known : Failures.of(e);
            if (e != error || error.getCause() != null) {
                LOG.warn("Node \"{}\" ({}) failed", state.step.id(), state.step.schema().type(), e);
            }
            return Called.without(() -> {
                fail(state, error.code(), String.valueOf(error.getMessage()), error.next().orElse(null));
                callEnded(state);
            });
        } finally {
            synchronized (computing) {
                computing.remove(thread);
                Thread.interrupted();
            }
        }
    }

    /// So that the next run can say what changed since this one.
    private void note(NodeState state, CacheKey key, Map<String, TypedValue> values) {
        SortedMap<String, String> shown = new TreeMap<>(key.parts());
        values.forEach((port, value) -> shown.put("input " + port, shown(value)));
        state.keyParts = shown;
        state.lastKeyParts = executor.cache().note(notesOf(), state.step.id(), shown);
    }

    private String notesOf() {
        return options.owner() + "\n" + options.workflow();
    }

    private static String shown(TypedValue value) {
        return switch (value.value()) {
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case Seed seed -> seed.toString();
            case ModelReference model when model.adapters().isEmpty() -> model.id();
            case String words when words.length() <= SHORT_LITERAL -> words;
            default -> value.digest();
        };
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

    private static CacheEntry entry(Plan.Step step, Map<String, Object> outputs) {
        LinkedHashMap<String, TypedValue> typed = new LinkedHashMap<>();
        long bytes = 0;
        for (PortSchema port : step.schema().outputs().values()) {
            Object value = outputs.get(port.name());
            if (value == null) {
                throw Failures.missingOutput(port.name());
            }
            typed.put(port.name(), ValueCodec.typed(port.type(), value));
            bytes += ValueSize.of(value);
        }
        return CacheEntry.of(typed, bytes);
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

    private static void fail(NodeState state, String code, String message, @Nullable String next) {
        if (state.problem == null) {
            state.problem = problem(state, code, message, next);
        }
    }

    private static Problem problem(NodeState state, String code, String message, @Nullable String next) {
        return new Problem(code, state.step.id(), state.step.schema().type(), null, message, next);
    }

    private void end(NodeState state, NodeRecord.Status status) {
        Map<String, TypedValue> outputs = state.outputs == null ? Map.of() : state.outputs;
        NodeRecord record =
                new NodeRecord(
                        state.step.id(),
                        state.step.schema().type(),
                        status,
                        Duration.ofNanos(state.nanos),
                        state.results.size(),
                        state.cached,
                        state.missReason,
                        state.deviceUse,
                        state.inputDigests,
                        outputs.entrySet().stream()
                                .map(output -> new NodeRecord.PortDigest(output.getKey(), output.getValue().digest()))
                                .toList(),
                        state.problem);
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
            if (broken(output.getValue().source()) != null) {
                continue;
            }
            try {
                outputs.put(output.getKey(), value(output.getValue().source()));
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
                isCancelled || isWindingDown
                        ? RunResult.Status.CANCELLED
                        : problems.isEmpty() ? RunResult.Status.SUCCEEDED : RunResult.Status.FAILED;
        return new RunResult(status, outputs, problems, records);
    }
}
