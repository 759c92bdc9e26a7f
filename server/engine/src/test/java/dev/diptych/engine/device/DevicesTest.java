// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings.Precision;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.ModelCall;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class DevicesTest {
    private static final int CHANNELS = TestNetwork.CHANNELS;

    /// The networks here are so small that a second thread only gets in the way.
    private static final DeviceSettings ONE_THREAD = DeviceSettings.usual().withThreads(1);

    private final AtomicInteger open = new AtomicInteger();
    private Devices devices = devices(ONE_THREAD);
    private final StandaloneScope scope = new StandaloneScope("ann");

    private static Devices devices(DeviceSettings settings) {
        return new Devices(new Architectures(List.of(new TestNetwork())), settings);
    }

    private void with(DeviceSettings settings) {
        devices.close();
        devices = devices(settings);
    }

    @AfterEach
    void close() {
        scope.close();
        devices.close();
        assertThat(open).as("open checkpoints").hasValue(0);
    }

    private Model model(String identity, CallScope forScope) {
        return devices.model(TestNetwork.source(identity, identity.hashCode(), open), forScope);
    }

    private Model model() {
        return model("a", scope);
    }

    static Tensor random(long seed, int... shape) {
        Random random = new Random(seed);
        int length = 1;
        for (int size : shape) {
            length *= size;
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(values, shape);
    }

    private static Map<String, Tensor> inputs(long seed, int rows) {
        return Map.of(
                "sample", random(seed, rows, 4, 8, 8),
                "timestep", random(seed + 1, rows),
                "text", random(seed + 2, rows, 300, CHANNELS));
    }

    private static void assertNear(Tensor found, Tensor expected, double tolerance) {
        assertThat(found.shape()).isEqualTo(expected.shape());
        double most = 0;
        double error = 0;
        for (int i = 0; i < expected.length(); i++) {
            most = Math.max(most, Math.abs(expected.floats()[i]));
            error = Math.max(error, Math.abs(found.floats()[i] - expected.floats()[i]));
        }
        assertThat(error).isLessThanOrEqualTo(tolerance * most);
    }

    private static double meanError(Tensor found, Tensor expected) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length(); i++) {
            error += Math.abs(found.floats()[i] - expected.floats()[i]);
            size += Math.abs(expected.floats()[i]);
        }
        return error / size;
    }

    private DeviceState.Counts counts() {
        return devices.states().getFirst().counts();
    }

    /// A loop whose next input depends on what it got.
    private Tensor loop(Model model, long seed, int steps) {
        Tensor x = random(seed, 1, 4, 8, 8);
        Tensor text = random(seed + 1, 1, 300, CHANNELS);
        for (int i = 0; i < steps; i++) {
            float[] sum = x.floats().clone();
            Tensor predicted =
                    model.call(
                                    Map.of(
                                            "sample", x,
                                            "timestep", Tensor.ofFloats(new float[] {steps - i}, 1),
                                            "text", text))
                            .get("sample");
            for (int j = 0; j < sum.length; j++) {
                sum[j] -= 0.05f * predicted.floats()[j];
            }
            x = Tensor.ofFloats(sum, x.shape());
        }
        return x;
    }

    @Test
    void eight_loops_at_once_give_what_they_give_one_after_the_other_and_share_batches() throws Exception {
        List<Tensor> serial = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            serial.add(loop(model(), 10 * i, 25));
        }
        assertThat(counts().joinedBatches()).isZero();

        List<Future<Tensor>> concurrent = new ArrayList<>();
        ConcurrentLinkedQueue<ModelCall> calls = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                long seed = 10 * i;
                concurrent.add(
                        threads.submit(() -> {
                            try (Job own = new Job("owner " + seed % 3, calls)) {
                                return loop(model("a", own), seed, 25);
                            }
                        }));
            }
        }

        for (int i = 0; i < 8; i++) {
            assertNear(concurrent.get(i).get(), serial.get(i), 1e-4);
        }
        assertThat(calls).hasSize(200).anyMatch(call -> call.batchRows() > 1);
        assertThat(counts().joinedBatches()).isPositive();
        assertThat(counts().calls()).isEqualTo(400);
        assertThat(counts().loads()).isOne();
    }

    /// Remembers its calls.
    private static final class Job implements CallScope, AutoCloseable {
        private final StandaloneScope scope;
        private final ConcurrentLinkedQueue<ModelCall> calls;
        private final boolean isDeterministic;
        volatile boolean isCancelled;

        Job(String owner, ConcurrentLinkedQueue<ModelCall> calls) {
            this(owner, calls, false);
        }

        Job(String owner, ConcurrentLinkedQueue<ModelCall> calls, boolean isDeterministic) {
            this.scope = new StandaloneScope(owner);
            this.calls = calls;
            this.isDeterministic = isDeterministic;
        }

        @Override
        public String owner() {
            return scope.owner();
        }

        @Override
        public boolean isInteractive() {
            return false;
        }

        @Override
        public boolean isDeterministic() {
            return isDeterministic;
        }

        @Override
        public boolean isCancelled() {
            return isCancelled;
        }

        @Override
        public <T> T away(Callable<T> wait) throws Exception {
            return wait.call();
        }

        @Override
        public void closeAtEnd(AutoCloseable resource) {
            scope.closeAtEnd(resource);
        }

        @Override
        public void called(ModelCall call) {
            calls.add(call);
        }

        @Override
        public void close() {
            scope.close();
        }
    }

    @Test
    void a_row_gives_the_same_whatever_is_beside_it() {
        Map<String, Tensor> both = inputs(5, 2);
        Tensor together = model().call(both).get("sample");
        Tensor second =
                model().call(
                                Map.of(
                                        "sample", Rows.of(both.get("sample"), 1, 1),
                                        "timestep", Rows.of(both.get("timestep"), 1, 1),
                                        "text", Rows.of(both.get("text"), 1, 1)))
                        .get("sample");

        assertNear(second, Rows.of(together, 1, 1), 1e-5);
    }

    @Test
    void calls_of_deterministic_jobs_are_batches_of_their_own() throws Exception {
        ConcurrentLinkedQueue<ModelCall> calls = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            for (int i = 0; i < 6; i++) {
                long seed = i;
                threads.submit(() -> {
                    try (Job own = new Job("ann", calls, true)) {
                        return loop(model("a", own), seed, 20);
                    }
                });
            }
        }

        assertThat(calls).hasSize(120).allMatch(call -> call.batchRows() == 1);
    }

    @Test
    void joins_calls_whose_shared_inputs_are_equal_and_no_others() throws Exception {
        model().call("scaled", Map.of("sample", random(0, 1, 4, 4, 4), "scale", random(1, 1)));
        List<Future<Tensor>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 64; i++) {
                float scale = i % 2 + 1;
                results.add(
                        threads.submit(() ->
                                model().call(
                                                "scaled",
                                                Map.of(
                                                        "sample",
                                                        random(7, 1, 4, 4, 4),
                                                        "scale",
                                                        Tensor.ofFloats(new float[] {scale}, 1)))
                                        .get("sample")));
            }
        }

        for (int i = 0; i < results.size(); i += 2) {
            float once = results.get(i).get().floats()[3];
            assertThat(results.get(i + 1).get().floats()[3]).isCloseTo(2 * once, within(1e-4f));
        }
        assertThat(counts().joinedBatches()).isPositive();
    }

    private static org.assertj.core.data.Offset<Float> within(float tolerance) {
        return org.assertj.core.data.Offset.offset(tolerance);
    }

    @Test
    void an_output_that_has_no_rows_of_its_own_is_computed_alone_and_whole() {
        Tensor numbers = model().call("numbers", Map.of("sample", random(0, 3, 4, 2, 2))).get("numbers");

        assertThat(numbers).isEqualTo(Tensor.ofLongs(new long[] {0, 1, 2, 3, 4, 5}, 6));
    }

    @Test
    void differentiates_an_output_by_an_input() {
        Tensor x = random(1, 2, 4, 2, 2);
        Tensor gradient = model().gradient("square", Map.of("sample", x), "square", List.of("sample")).get("sample");

        for (int i = 0; i < x.length(); i++) {
            assertThat(gradient.floats()[i]).isCloseTo(6 * x.floats()[i], within(1e-5f));
        }
    }

    @Test
    void refuses_inputs_that_do_not_fit_and_names_them() {
        Model model = model();
        Map<String, Tensor> odd =
                Map.of("sample", random(0, 1, 4, 3, 8), "timestep", random(0, 1), "text", random(0, 1, 2, CHANNELS));
        Map<String, Tensor> rows =
                Map.of("sample", random(0, 2, 4, 4, 8), "timestep", random(0, 1), "text", random(0, 2, 2, CHANNELS));

        assertThatThrownBy(() -> model.call(odd))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("multiple of 2");
        assertThatThrownBy(() -> model.call(rows))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"timestep\"");
        assertThatThrownBy(() -> model.call(Map.of("x", random(0, 1)))).hasMessageContaining("sample, text, timestep");
        assertThatThrownBy(() -> model.call("words", Map.of("ids", Tensor.ofLongs(new long[0], 0, 3))))
                .hasMessageContaining("no rows");
        assertThatThrownBy(() -> model.gradient("square", Map.of("sample", random(0, 1, 4, 2, 2)), "no", List.of()))
                .hasMessageContaining("\"no\"");
    }

    @Test
    void a_value_that_libtorch_refuses_fails_its_own_call_and_no_other() throws Exception {
        List<Future<Tensor>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 40; i++) {
                long word = i == 20 ? 99 : i % 10;
                results.add(
                        threads.submit(() ->
                                model().call("words", Map.of("ids", Tensor.ofLongs(new long[] {word, 1}, 1, 2)))
                                        .get("embedded")));
            }
        }

        for (int i = 0; i < 40; i++) {
            if (i == 20) {
                assertThatThrownBy(results.get(i)::get).rootCause().hasMessageContaining("index out of range");
                assertThatThrownBy(results.get(i)::get).hasMessageContaining("test/a, function \"words\"");
            } else {
                assertThat(results.get(i).get().shape()).containsExactly(1, 2, CHANNELS);
            }
        }
    }

    @Test
    void a_call_that_cannot_fit_fails_alone_and_says_what_helps() {
        Model model = model();

        assertThatThrownBy(() -> model.call("huge", Map.of("x", random(0, 2, 1))))
                .isInstanceOfSatisfying(
                        NodeException.class,
                        error -> {
                            assertThat(error.kind()).isEqualTo(ErrorKind.RESOURCE);
                            assertThat(error.code()).isEqualTo("device/out-of-memory");
                            assertThat(error.next())
                                    .hasValueSatisfying(next -> assertThat(next).contains("smaller picture"));
                        });
        assertThat(model.call(inputs(1, 1))).containsKey("sample");
    }

    @Test
    void a_call_for_which_memory_is_short_is_computed_in_halves_and_gives_the_same() {
        Map<String, Tensor> inputs =
                Map.of(
                        "sample", random(0, 8, 4, 32, 32),
                        "timestep", random(1, 8),
                        "text", random(2, 8, 300, CHANNELS));
        Tensor expected = Objects.requireNonNull(model().call(inputs).get("sample"));
        long bytes = 8L << 20;
        Tensor found = expected;
        do { // until it just does not fit: a half then does
            bytes = bytes * 9 / 10;
            with(ONE_THREAD.withBytes(bytes));
            found = Objects.requireNonNull(model().call(inputs).get("sample"));
        } while (counts().outOfMemory() == 0);
        assertThat(counts().outOfMemory()).isOne();
        assertNear(found, expected, 1e-5);
    }

    @Test
    void memory_that_libtorch_does_not_get_is_an_error_of_that_call() {
        with(ONE_THREAD.withBytes(1L << 60));
        Model model = model();

        assertThatThrownBy(() -> model.call("huge", Map.of("x", random(0, 1, 1))))
                .isInstanceOfSatisfying(
                        NodeException.class, error -> assertThat(error.code()).isEqualTo("device/out-of-memory"));
        assertThat(model.call(inputs(1, 1))).containsKey("sample");
        assertThat(counts().outOfMemory()).isOne();
    }

    @Test
    void weights_are_dropped_when_others_need_the_memory_and_come_back_when_they_are_called() {
        long weights = 4L * new TestNetwork().describe(new dev.diptych.api.model.Config("", Map.of())).parameterCount();
        with(ONE_THREAD.withBytes(weights * 5 / 2));
        Model first = model("a", scope);
        Model second = model("b", scope);
        Model third = model("c", scope);
        Map<String, Tensor> ids = Map.of("ids", Tensor.ofLongs(new long[] {3}, 1, 1));

        Tensor before = first.call("words", ids).get("embedded");
        second.call("words", ids);
        third.call("words", ids);
        assertThat(devices.states().getFirst().resident()).containsExactly("test/b (float32)", "test/c (float32)");
        Tensor after = first.call("words", ids).get("embedded");

        assertThat(after).isEqualTo(before);
        assertThat(counts().evictions()).isEqualTo(2);
        assertThat(counts().loads()).isEqualTo(4);
    }

    @Test
    void weights_that_can_never_fit_are_an_error_that_says_so() {
        with(ONE_THREAD.withBytes(1000));

        assertThatThrownBy(() -> model().call("words", Map.of("ids", Tensor.ofLongs(new long[] {3}, 1, 1))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("test/a: its weights take");
    }

    @Test
    void what_a_session_keeps_is_there_at_its_next_call() {
        Tensor x = random(1, 2, 1, CHANNELS);
        try (Model.Session session = model().session(1 << 20)) {
            for (int i = 1; i <= 3; i++) {
                Map<String, Tensor> outputs = session.call("generate", Map.of("x", x));

                assertThat(outputs).containsOnlyKeys("sum");
                assertThat(outputs.get("sum").floats()[5]).isCloseTo(i * x.floats()[5], within(1e-5f));
            }
            try (Model.Session other = model().session(1 << 20)) {
                assertThat(other.call("generate", Map.of("x", x)).get("sum").floats()[5]).isEqualTo(x.floats()[5]);
            }
        }
        assertThat(model().call("generate", Map.of("x", x))).containsOnlyKeys("sum");
    }

    @Test
    void a_session_has_what_it_reserved_and_no_more() {
        with(ONE_THREAD.withBytes(1 << 20));
        Model model = model();

        assertThatThrownBy(() -> model.session((1 << 19) + 1))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("half");
        try (Model.Session session = model.session(2 * 4 * CHANNELS)) {
            session.call("generate", Map.of("x", random(0, 1, 1, CHANNELS)));
            session.call("generate", Map.of("x", random(0, 1, 1, CHANNELS)));
            assertThatThrownBy(() -> session.call("generate", Map.of("x", random(0, 1, 1, CHANNELS))))
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("reserved");
        }
    }

    @Test
    void a_session_waits_for_its_reservation_and_ends_with_its_node() throws Exception {
        with(ONE_THREAD.withBytes(1 << 20));
        StandaloneScope first = new StandaloneScope("ann");
        Model.Session held = model("a", first).session(1 << 19);
        held.call("generate", Map.of("x", random(0, 1, 1, CHANNELS)));

        Thread waiting = Thread.ofPlatform().start(() -> model().session(1000).close());
        waiting.join(200);
        assertThat(waiting.isAlive()).isTrue();
        first.close();
        waiting.join(5000);

        assertThat(waiting.isAlive()).isFalse();
        assertThat(devices.all().getFirst().call(() -> true)).isTrue(); // after what the sessions left to do
        assertThat(devices.states().getFirst().memory().reserved()).isZero();
    }

    @Test
    void a_waiting_call_leaves_the_queue_when_its_job_is_cancelled() throws Exception {
        Model model = model();
        model.call(inputs(0, 1));
        CountDownLatch free = new CountDownLatch(1);
        Future<Boolean> busy = devices.all().getFirst().schedule().run(() -> free.await(10, TimeUnit.SECONDS));
        try (Job own = new Job("bob", new ConcurrentLinkedQueue<>());
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> call = threads.submit(() -> model("a", own).call(inputs(1, 1)));
            while (devices.states().getFirst().waiting() == 0) {
                Thread.sleep(1);
            }
            own.isCancelled = true;

            assertThatThrownBy(() -> call.get(5, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
            assertThat(devices.states().getFirst().waiting()).isZero();
        }
        free.countDown();
        assertThat(busy.get()).isTrue();
    }

    @Test
    void bfloat16_gives_nearly_the_same() {
        SharedModel model = (SharedModel) model();
        Tensor exact = model.call(inputs(3, 2)).get("sample");
        Tensor rounded =
                model.call(model.device(), "forward", inputs(3, 2), null, null, NumberFormat.BFLOAT16).get("sample");

        assertThat(meanError(rounded, exact)).isLessThan(0.02);
        assertThat(rounded).isNotEqualTo(exact);
    }

    @Test
    void fast_settles_on_one_format_for_each_model() throws Exception {
        with(ONE_THREAD.withPrecision(Precision.FAST));
        ConcurrentLinkedQueue<ModelCall> calls = new ConcurrentLinkedQueue<>();
        Tensor found;
        try (Job own = new Job("bob", calls);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Tensor>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(threads.submit(() -> model("a", own).call(inputs(3, 1)).get("sample")));
            }
            found = results.getLast().get();
        }
        with(ONE_THREAD);

        assertNear(found, model().call(inputs(3, 1)).get("sample"), 0.05);
        assertThat(calls.stream().map(ModelCall::format).distinct()).hasSize(1);
    }

    @Test
    void two_devices_share_the_processor() throws Exception {
        with(ONE_THREAD.withProcessors(2));
        StandaloneScope other = new StandaloneScope("bob");
        Model first = model("a", scope);
        Model second = model("b", other);

        assertNear(first.call(inputs(1, 1)).get("sample"), first.call(inputs(1, 1)).get("sample"), 0);
        second.call(inputs(1, 1));

        assertThat(devices.states()).extracting(DeviceState::id).containsExactly("cpu:0", "cpu:1");
        assertThat(devices.states()).allSatisfy(state -> assertThat(state.resident()).hasSize(1));
        other.close();
    }

    @Test
    void what_is_given_again_and_again_is_kept_on_the_device_until_nobody_has_it() {
        Model model = model();
        Tensor text = random(5, 1, 300, CHANNELS);
        for (int i = 0; i < 10; i++) {
            model.call(Map.of("sample", random(i, 1, 4, 64, 64), "timestep", random(i, 1), "text", text));
        }
        long kept = devices.states().getFirst().memory().inputs();

        assertThat(kept).isGreaterThanOrEqualTo(text.length() * 4L).isLessThan(text.length() * 4L + 10 * 65536);
    }

    @Test
    void memory_is_flat_over_many_calls() {
        Model model = model();
        Tensor text = random(0, 1, 300, CHANNELS);
        long before = 0;
        for (int i = 0; i < 1000; i++) {
            if (i == 400) {
                before = NativeHeap.bytesInUse();
            }
            int rows = 1 + i % 2;
            Tensor own = i % 3 == 0 || rows > 1 ? random(i, rows, 300, CHANNELS) : text;
            model.call(Map.of("sample", random(i, rows, 4, 32, 32), "timestep", random(i, rows), "text", own));
        }

        assertThat(NativeHeap.bytesInUse() - before)
                .isLessThan(40L << 20); // one result that is not freed would be 75 MB
    }

    @Test
    void every_call_is_in_the_flight_recording(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("calls.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("dev.diptych.ModelCall");
            recording.start();
            model().call(inputs(1, 3));
            recording.stop();
            recording.dump(file);
        }

        assertThat(RecordingFile.readAllEvents(file))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getString("model")).isEqualTo("test/a");
                    assertThat(event.getString("function")).isEqualTo("forward");
                    assertThat(event.getString("format")).isEqualTo("float32");
                    assertThat(event.getInt("rows")).isEqualTo(3);
                    assertThat(event.getInt("batchRows")).isEqualTo(3);
                    assertThat(event.getDuration("share")).isPositive();
                });
    }

    @Test
    void a_setting_that_is_null_makes_another_network_than_one_left_out() {
        ComponentSource leftOut = TestNetwork.source("a", 1, open);
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("repeats", null);
        ComponentSource isNull =
                new ComponentSource(
                        "b", "test/b", leftOut.className(), () -> new Config("test", settings), leftOut.weights());

        Tensor once = devices.model(leftOut, scope).call(inputs(1, 1)).get("sample");
        Tensor never = devices.model(isNull, scope).call(inputs(1, 1)).get("sample");

        assertThat(meanError(Objects.requireNonNull(never), Objects.requireNonNull(once))).isGreaterThan(0.1);
    }

    @Test
    void weights_that_do_not_fit_are_all_listed() {
        ComponentSource fits = TestNetwork.source("a", 1, open);
        ComponentSource other =
                new ComponentSource(
                        "other",
                        "test/other",
                        fits.className(),
                        fits.config(),
                        () -> {
                            Checkpoint whole = fits.weights().open();
                            return new Renamed(whole);
                        });

        assertThatThrownBy(() -> devices.model(other, scope).call(inputs(1, 1)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("test/other")
                .hasMessageContaining("conv_in.weight (16, 4, 3, 3) (is it conv_im.weight?)")
                .hasMessageContaining("norm.bias");
    }

    /// With one name wrong and one tensor gone.
    private record Renamed(Checkpoint whole) implements Checkpoint {
        @Override
        public SequencedMap<String, StoredTensor> tensors() {
            SequencedMap<String, StoredTensor> renamed = new LinkedHashMap<>();
            whole.tensors().forEach((name, tensor) -> renamed.put(name.replace("conv_in.w", "conv_im.w"), tensor));
            renamed.remove("norm.bias");
            return renamed;
        }

        @Override
        public Map<String, String> metadata() {
            return Map.of();
        }

        @Override
        public void close() {
            whole.close();
        }
    }

    @Test
    void every_device_can_be_tried() {
        assertThat(DeviceCheck.run(ONE_THREAD))
                .singleElement()
                .satisfies(result -> {
                    assertThat(result.state().id()).isEqualTo("cpu:0");
                    assertThat(result.usual()).isEqualTo("float32");
                    assertThat(result.fastest()).isIn("float32", "bfloat16");
                });
    }
}
