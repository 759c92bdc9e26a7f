// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.cache.CacheEntry;
import dev.diptych.engine.cache.CacheKey;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/// The calls of a run's nodes on the pool's threads: how one is computed, which there are, and how they are stopped. Thread-safe.
final class RunningCalls {
    private static final Logger LOG = LoggerFactory.getLogger(RunningCalls.class);

    private final WorkflowExecutor executor;
    private final RunOptions options;
    private final RunListener listener;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Set<CallContext> contexts = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> nodes = new ConcurrentHashMap<>();
    private volatile boolean isCancelled;
    private volatile boolean isWindingDown;

    RunningCalls(WorkflowExecutor executor, RunOptions options, RunListener listener) {
        this.executor = executor;
        this.options = options;
        this.listener = listener;
    }

    /// What a call came to.
    sealed interface Outcome {
        /// @param nanos that it took
        record Returned(CacheEntry entry, DeviceUse deviceUse, long nanos) implements Outcome {}

        record Failed(NodeException error) implements Outcome {}

        record Stopped() implements Outcome {}
    }

    /// Tells and interrupts the calls that compute, and computes no further one.
    void cancel() {
        isCancelled = true;
        synchronized (threads) { // never a thread that has gone on to another run's node
            threads.forEach(Thread::interrupt);
        }
    }

    /// Computes no further call.
    void windDown() {
        isWindingDown = true;
    }

    boolean isStopping() {
        return isCancelled || isWindingDown;
    }

    /// Of nodes that compute or are about to.
    Set<String> nodes() {
        return Set.copyOf(nodes.keySet());
    }

    /// How long a device has computed for each node that it computes for now.
    Map<String, Duration> deviceCalls() {
        Map<String, Duration> calls = new TreeMap<>();
        for (CallContext context : contexts) {
            context.deviceCall()
                    .ifPresent(age -> calls.merge(context.node(), age, (a, b) -> a.compareTo(b) > 0 ? a : b));
        }
        return calls;
    }

    /// A call of the node goes to the pool, whose thread will [#compute] it.
    void expect(Plan.Step step) {
        nodes.merge(step.id(), 1, Integer::sum);
    }

    /// On a thread of the pool. What is returned is in the cache.
    Outcome compute(Plan.Step step, CacheKey key, Map<String, TypedValue> values) {
        Thread thread = Thread.currentThread();
        long started = System.nanoTime();
        threads.add(thread);
        try (MDC.MDCCloseable _ = MDC.putCloseable("workflow", options.workflow());
                MDC.MDCCloseable _ = MDC.putCloseable("node", step.id());
                CallContext context =
                        new CallContext(
                                step.id(), step.schema().type(), listener, () -> isCancelled, executor, options);
                Watched _ = new Watched(contexts, context)) {
            context.checkCancelled();
            if (isWindingDown) {
                throw new CancellationException("The run winds down");
            }
            Map<String, Object> plain = new LinkedHashMap<>();
            values.forEach((port, value) -> plain.put(port, value.value()));
            Map<String, Object> outputs = executor.library().invoker(step.schema().type()).invoke(plain, context);
            CacheEntry entry = entry(step, outputs);
            executor.cache().store(key, entry);
            return new Outcome.Returned(entry, context.deviceUse(), System.nanoTime() - started);
        } catch (CancellationException e) {
            return new Outcome.Stopped();
        } catch (Throwable e) {
            NodeException error = e instanceof NodeException known ? known : Failures.of(e);
            if (e != error || error.getCause() != null) {
                LOG.warn("Node \"{}\" ({}) failed", step.id(), step.schema().type(), e);
            }
            return new Outcome.Failed(error);
        } finally {
            synchronized (threads) {
                threads.remove(thread);
                Thread.interrupted();
            }
            nodes.computeIfPresent(step.id(), (_, count) -> count == 1 ? null : count - 1);
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
}
