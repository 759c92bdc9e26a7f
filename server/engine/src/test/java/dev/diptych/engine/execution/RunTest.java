// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import static dev.diptych.engine.document.PortType.Basic.IMAGE;
import static dev.diptych.engine.document.PortType.Basic.SEED;
import static dev.diptych.engine.document.PortType.Basic.TEXT;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;

import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.execution.RunListener.NodeRecord;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.TestCatalog;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.NodeInvoker;
import dev.diptych.engine.value.AssetSource;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
final class RunTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PortType TEXTS = new PortType.ListOf(TEXT);

    private final TestLibrary library = new TestLibrary();
    private final NodePool pool = new NodePool(2);
    private final AtomicInteger calls = new AtomicInteger();
    private final List<Plan.Step> steps = new ArrayList<>();

    @TempDir private Path folder;

    @AfterEach
    void close() {
        pool.close();
    }

    private WorkflowExecutor executor(ResultCache cache) {
        Literals literals = new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
        return new WorkflowExecutor(library, cache, pool, ModelProvider.none(), literals, "1");
    }

    private WorkflowExecutor executor() {
        return executor(ResultCache.inMemory(1 << 20));
    }

    private static RunResult run(WorkflowExecutor executor, Plan plan) throws Exception {
        return executor.start(plan, Map.of(), RunOptions.of("ann", "w"), new RunListener() {})
                .result()
                .get(30, TimeUnit.SECONDS);
    }

    private static PortSchema in(String name, PortType type) {
        return TestCatalog.optional(name, type);
    }

    private void texts(String type, NodeInvoker invoker) {
        library.add(type, List.of(in("a", TEXT), in("b", TEXT), in("seed", SEED)), TEXT, invoker);
    }

    private void joining(String type) {
        texts(
                type,
                (inputs, _) -> {
                    calls.incrementAndGet();
                    return Map.of("out", inputs.getOrDefault("a", "-") + "+" + inputs.getOrDefault("b", "-"));
                });
    }

    private static Plan.Source text(String value) {
        return new Plan.Source.Constant(new TextNode(value), TEXT);
    }

    private static Plan.Source list(String json) throws IOException {
        JsonNode node = JSON.readTree(json);
        return new Plan.Source.Constant(node, TEXTS);
    }

    private static Plan.Source seed(long value) {
        return new Plan.Source.Constant(JSON.getNodeFactory().numberNode(value), SEED);
    }

    private static Plan.Source from(int step, PortType type) {
        return new Plan.Source.FromStep(step, "out", type);
    }

    private void step(String id, String type, int depth, Map<String, Plan.Source> inputs) {
        Map<String, List<Integer>> levels = new LinkedHashMap<>();
        inputs.forEach((port, source) -> levels.put(port, source.type().equals(TEXTS) ? List.of(0) : List.of()));
        steps.add(new Plan.Step(id, library.find(type).orElseThrow(), new LinkedHashMap<>(inputs), levels, depth, 0));
    }

    /// The last step's output is the workflow's.
    private Plan plan(PortType type) {
        LinkedHashMap<String, Plan.Output> outputs = new LinkedHashMap<>();
        outputs.put("result", new Plan.Output(from(steps.size() - 1, type), type));
        return new Plan(new LinkedHashMap<>(), steps, outputs);
    }

    private static Object output(RunResult result) {
        assertThat(result.problems()).isEmpty();
        return result.outputs().get("result").value();
    }

    @Test
    void a_second_run_calls_nothing_and_a_new_process_reads_the_folder() throws Exception {
        joining("t/join");
        step("x", "t/join", 0, Map.of("a", text("1"), "b", text("2")));
        step("y", "t/join", 0, Map.of("a", from(0, TEXT)));
        try (ResultCache cache = ResultCache.open(folder, 1 << 20, 1 << 20)) {
            WorkflowExecutor first = executor(cache);
            assertThat(output(run(first, plan(TEXT)))).isEqualTo("1+2+-");
            assertThat(run(first, plan(TEXT)).nodes()).allMatch(node -> node.cached() == 1);
        }
        try (ResultCache again = ResultCache.open(folder, 1 << 20, 1 << 20)) {
            assertThat(output(run(executor(again), plan(TEXT)))).isEqualTo("1+2+-");
        }
        assertThat(calls).hasValue(2);
    }

    @Test
    void a_miss_says_what_changed() throws Exception {
        joining("t/join");
        try (ResultCache cache = ResultCache.open(folder, 1 << 20, 1 << 20)) {
            WorkflowExecutor executor = executor(cache);
            step("x", "t/join", 0, Map.of("seed", seed(1)));
            assertThat(run(executor, plan(TEXT)).nodes().getFirst().missReason()).isEqualTo("first run");
            steps.clear();
            step("x", "t/join", 0, Map.of("seed", seed(2)));

            assertThat(run(executor, plan(TEXT)).nodes().getFirst().missReason()).isEqualTo("seed changed from 1 to 2");
        }
    }

    @Test
    void lists_go_in_step_and_single_values_are_repeated() throws Exception {
        joining("t/join");
        step("x", "t/join", 1, Map.of("a", list("[\"1\", \"2\"]"), "b", text("z")));

        assertThat(output(run(executor(), plan(TEXTS)))).isEqualTo(List.of("1+z", "2+z"));
    }

    @Test
    void an_empty_list_gives_an_empty_list() throws Exception {
        joining("t/join");
        step("x", "t/join", 1, Map.of("a", list("[]"), "b", text("z")));

        assertThat(output(run(executor(), plan(TEXTS)))).isEqualTo(List.of());
    }

    @Test
    void unequal_lists_are_refused_with_ports_and_lengths() throws Exception {
        joining("t/join");
        step("x", "t/join", 1, Map.of("a", list("[\"1\", \"2\"]"), "b", list("[\"1\", \"2\", \"3\"]")));

        Problem problem = run(executor(), plan(TEXTS)).problems().getFirst();
        assertThat(problem.message()).contains("\"a\"", "\"b\"", "2", "3");
    }

    @Test
    void a_seed_advances_with_each_element() throws Exception {
        texts("t/seed", (inputs, _) -> Map.of("out", String.valueOf(inputs.get("seed"))));
        step("x", "t/seed", 1, Map.of("a", list("[\"p\", \"q\", \"r\"]"), "seed", seed(-2)));

        assertThat(output(run(executor(), plan(TEXTS))))
                .isEqualTo(List.of("18446744073709551614", "18446744073709551615", "0"));
    }

    @Test
    void a_failure_skips_what_follows_while_other_branches_finish_and_a_retry_keeps_them() throws Exception {
        joining("t/join");
        AtomicInteger attempts = new AtomicInteger();
        texts(
                "t/flaky",
                (_, _) -> {
                    if (attempts.incrementAndGet() == 1) {
                        throw new StackOverflowError();
                    }
                    return Map.of("out", "ok");
                });
        step("good", "t/join", 0, Map.of("a", text("1")));
        step("bad", "t/flaky", 0, Map.of());
        step("end", "t/join", 0, Map.of("a", from(0, TEXT), "b", from(1, TEXT)));
        WorkflowExecutor executor = executor();

        RunResult failed = run(executor, plan(TEXT));
        RunResult retried = run(executor, plan(TEXT));

        assertThat(failed.status()).isEqualTo(RunResult.Status.FAILED);
        assertThat(failed.nodes())
                .extracting(NodeRecord::status)
                .containsExactly(NodeRecord.Status.SUCCEEDED, NodeRecord.Status.FAILED, NodeRecord.Status.SKIPPED);
        assertThat(failed.problems()).extracting(Problem::code).containsExactly("engine/node-threw");
        assertThat(output(retried)).isEqualTo("1+-+ok");
        assertThat(calls).hasValue(2);
    }

    @Test
    void what_an_earlier_attempt_finished_is_not_done_again_even_without_the_cache() throws Exception {
        joining("t/join");
        step("x", "t/join", 0, Map.of("a", text("1")));
        step("y", "t/join", 0, Map.of("a", from(0, TEXT)));
        WorkflowExecutor executor = executor();
        RunOptions options = RunOptions.of("ann", "w").withoutCache();
        RunOptions again = new RunOptions("ann", "w", false, Set.of(), Set.of("x"), false, Map.of());
        executor.start(plan(TEXT), Map.of(), options, new RunListener() {}).result().get(10, TimeUnit.SECONDS);
        executor.start(plan(TEXT), Map.of(), options, new RunListener() {}).result().get(10, TimeUnit.SECONDS);
        assertThat(calls).hasValue(4);

        RunResult result =
                executor.start(plan(TEXT), Map.of(), again, new RunListener() {}).result().get(10, TimeUnit.SECONDS);
        assertThat(output(result)).isEqualTo("1+-+-");
        assertThat(calls).hasValue(5);
    }

    @Test
    void two_runs_that_need_a_node_at_once_call_it_once() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        texts(
                "t/slow",
                (_, _) -> {
                    calls.incrementAndGet();
                    started.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Map.of("out", "done");
                });
        step("x", "t/slow", 0, Map.of());
        WorkflowExecutor executor = executor();
        Run leader = executor.start(plan(TEXT), Map.of(), RunOptions.of("ann", "w"), new RunListener() {});
        started.await();
        Run waiter = executor.start(plan(TEXT), Map.of(), RunOptions.of("bob", "w"), new RunListener() {});
        Thread.sleep(50); // long enough to call it, if it would
        go.countDown();

        assertThat(output(leader.result().get(10, TimeUnit.SECONDS))).isEqualTo("done");
        RunResult waited = waiter.result().get(10, TimeUnit.SECONDS);
        assertThat(output(waited)).isEqualTo("done");
        assertThat(waited.nodes().getFirst().cached()).isEqualTo(1);
        assertThat(calls).hasValue(1);
    }

    @Test
    void a_waiting_run_takes_over_when_the_leader_is_cancelled() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        texts(
                "t/slow",
                (_, context) -> {
                    if (calls.incrementAndGet() == 1) {
                        started.countDown();
                        while (true) {
                            context.checkCancelled();
                            Thread.onSpinWait();
                        }
                    }
                    return Map.of("out", "done");
                });
        step("x", "t/slow", 0, Map.of());
        WorkflowExecutor executor = executor();
        Run leader = executor.start(plan(TEXT), Map.of(), RunOptions.of("ann", "w"), new RunListener() {});
        started.await();
        Run waiter = executor.start(plan(TEXT), Map.of(), RunOptions.of("bob", "w"), new RunListener() {});
        leader.cancel();

        assertThat(leader.result().get(5, TimeUnit.SECONDS).status()).isEqualTo(RunResult.Status.CANCELLED);
        assertThat(output(waiter.result().get(5, TimeUnit.SECONDS))).isEqualTo("done");
    }

    @Test
    void a_cancelled_waiter_ends_at_once_and_leaves_the_leader_alone() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        texts(
                "t/slow",
                (_, _) -> {
                    started.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Map.of("out", "done");
                });
        step("x", "t/slow", 0, Map.of());
        WorkflowExecutor executor = executor();
        Run leader = executor.start(plan(TEXT), Map.of(), RunOptions.of("ann", "w"), new RunListener() {});
        started.await();
        Run waiter = executor.start(plan(TEXT), Map.of(), RunOptions.of("bob", "w"), new RunListener() {});
        Thread.sleep(50);
        waiter.cancel();

        assertThat(waiter.result().get(3, TimeUnit.SECONDS).status()).isEqualTo(RunResult.Status.CANCELLED);
        go.countDown();
        assertThat(output(leader.result().get(5, TimeUnit.SECONDS))).isEqualTo("done");
    }

    @Test
    void a_cancel_breaks_off_the_reading_of_an_asset() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        AssetSource never =
                _ -> {
                    reading.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        throw new InterruptedIOException();
                    }
                    return Optional.empty();
                };
        library.add("t/see", List.of(in("image", IMAGE)), TEXT, (_, _) -> Map.of("out", "seen"));
        Plan.Source asset = new Plan.Source.Constant(new TextNode("asset:far"), IMAGE);
        step("x", "t/see", 0, Map.of("image", asset));
        Literals literals = new Literals(never, new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
        Run run =
                new WorkflowExecutor(library, ResultCache.inMemory(1 << 20), pool, ModelProvider.none(), literals, "1")
                        .start(plan(TEXT), Map.of(), RunOptions.of("ann", "w"), new RunListener() {});
        reading.await();
        run.cancel();

        RunResult result = run.result().get(30, TimeUnit.SECONDS);
        assertThat(result.status()).isEqualTo(RunResult.Status.CANCELLED);
        assertThat(result.nodes()).extracting(NodeRecord::status).containsExactly(NodeRecord.Status.CANCELLED);
    }

    @Test
    void a_fault_of_the_engine_leaves_nobody_waiting_for_what_had_been_begun() throws Exception {
        joining("t/join");
        step("first", "t/join", 0, Map.of("a", text("1")));
        step("second", "t/join", 0, Map.of("a", text("2")));
        RunListener broken =
                new RunListener() {
                    @Override
                    public void nodeStarted(String node) {
                        if (node.equals("second")) {
                            throw new IllegalStateException("as the test wants");
                        }
                    }
                };
        WorkflowExecutor executor = executor();
        Plan plan = plan(TEXT);

        assertThat(executor.start(plan, Map.of(), RunOptions.of("ann", "w"), broken).result())
                .failsWithin(30, TimeUnit.SECONDS);
        assertThat(run(executor, plan).status()).isEqualTo(RunResult.Status.SUCCEEDED);
    }

    @Test
    void a_chain_of_five_thousand_runs() throws Exception {
        joining("t/join");
        texts("t/same", (inputs, _) -> Map.of("out", inputs.get("a")));
        step("n0", "t/join", 0, Map.of("a", text("1")));
        for (int i = 1; i < 5000; i++) {
            step("n" + i, "t/same", 0, Map.of("a", from(i - 1, TEXT)));
        }

        assertThat(output(run(executor(), plan(TEXT)))).isEqualTo("1+-");
    }

    @Test
    void a_node_that_ignores_a_cancel_holds_up_the_result_for_ten_seconds_at_most() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        texts(
                "t/stuck",
                (_, _) -> {
                    started.countDown();
                    while (end.getCount() > 0) {
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                    return Map.of("out", "late");
                });
        step("x", "t/stuck", 0, Map.of());
        Run run = executor().start(plan(TEXT), Map.of(), RunOptions.of("ann", "w"), new RunListener() {});
        started.await();
        run.cancel();

        assertThat(run.result().get(14, TimeUnit.SECONDS).status()).isEqualTo(RunResult.Status.CANCELLED);
        assertThat(run.runningNodes()).containsExactly("x");
        end.countDown();
    }

    @Test
    void changed_weights_are_a_miss_that_is_told_in_words() throws Exception {
        Map<String, String> installed = new LinkedHashMap<>(Map.of("portraits/unclip", "one"));
        library.add(
                "t/ask",
                List.of(in("model", PortType.Basic.MODEL)),
                TEXT,
                (_, _) -> Map.of("out", "call " + calls.incrementAndGet()));
        step(
                "x",
                "t/ask",
                0,
                Map.of("model", new Plan.Source.Constant(new TextNode("portraits/unclip"), PortType.Basic.MODEL)));
        try (ResultCache cache = ResultCache.open(folder, 1 << 20, 1 << 20)) {
            WorkflowExecutor executor =
                    new WorkflowExecutor(
                            library,
                            cache,
                            pool,
                            new InstalledDigests(installed),
                            new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS)),
                            "1");

            assertThat(output(run(executor, plan(TEXT)))).isEqualTo("call 1");
            assertThat(output(run(executor, plan(TEXT)))).isEqualTo("call 1");
            installed.put("portraits/unclip", "two");
            RunResult changed = run(executor, plan(TEXT));
            assertThat(output(changed)).isEqualTo("call 2");
            assertThat(changed.nodes().getFirst().missReason()).isEqualTo("model portraits/unclip changed");
            installed.put("portraits/unclip", "one");
            assertThat(output(run(executor, plan(TEXT)))).isEqualTo("call 1");
            installed.put("portraits/other", "three");
            steps.clear();
            step(
                    "x",
                    "t/ask",
                    0,
                    Map.of("model", new Plan.Source.Constant(new TextNode("portraits/other"), PortType.Basic.MODEL)));
            assertThat(run(executor, plan(TEXT)).nodes().getFirst().missReason())
                    .isEqualTo("model changed from portraits/unclip to portraits/other");
        }
    }
}
