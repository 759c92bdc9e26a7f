// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.ModelCall;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Computes batches on a device's thread: loads what is missing, puts rows below each other, runs the function, and gives each call its rows.
final class BatchRunner {
    private static final long LEAST_MEASURED = 32L << 20;
    private static final int PROBES = 3;
    private static final double LEAST_SPEEDUP = 0.95;

    /// Mean error of a rounded network, relative to the mean size of what it gives; healthy ones have less than a third of it.
    private static final double MOST_ERROR = 0.06;

    private final String device;
    private final Libtorch torch;
    private final Residency residency;
    private final Uploads uploads;
    private final MemoryBudget budget;
    private final Counters counters;

    BatchRunner(
            String device,
            Libtorch torch,
            Residency residency,
            Uploads uploads,
            MemoryBudget budget,
            Counters counters) {
        this.device = device;
        this.torch = torch;
        this.residency = residency;
        this.uploads = uploads;
        this.budget = budget;
        this.counters = counters;
    }

    /// @return whether its time says what the next one like it will take
    boolean run(List<CallRequest> batch) {
        batch.forEach(call -> call.scope().computing(true));
        try {
            return compute(batch);
        } finally {
            batch.forEach(call -> call.scope().computing(false));
        }
    }

    private boolean compute(List<CallRequest> batch) {
        long began = System.nanoTime();
        CallRequest first = batch.getFirst();
        boolean isMeasured = residency.isReady(first.component(), first.format());
        List<List<Tensor>> results;
        try {
            Residency.Loaded loaded = residency.get(first.component(), first.format(), first.opened());
            if (!isMeasured) {
                began = System.nanoTime();
            }
            int rows = rows(batch);
            results = isTooLarge(first, rows) ? null : tryTogether(loaded, batch);
            if (results == null) {
                isMeasured = false;
                counters.ranOutOfMemory();
                residency.makeRoom(Long.MAX_VALUE);
                torch.trim();
                separately(loaded, batch, began);
                return false;
            }
        } catch (RuntimeException | Error e) {
            if (batch.size() > 1 && !(e instanceof NodeException)) {
                batch.forEach(call -> run(List.of(call)));
            } else {
                batch.forEach(call -> call.outcome().completeExceptionally(failure(call, e)));
            }
            return false;
        }
        finish(batch, results, began, System.nanoTime() - began);
        return isMeasured;
    }

    /// Computes a call in float32 and in another format, and says in which the next ones should be: the other only if it is faster and gives nearly the same. The one
    /// that loses does not stay.
    NumberFormat fastest(CallRequest call, NumberFormat other) {
        CallRequest exact = call.in(NumberFormat.FLOAT32);
        CallRequest rounded = call.in(other);
        List<Tensor> expected = together(load(exact), List.of(exact)).getFirst();
        List<Tensor> found = together(load(rounded), List.of(rounded)).getFirst();
        long exactNanos = Long.MAX_VALUE;
        long roundedNanos = Long.MAX_VALUE;
        for (int i = 0; i < PROBES && roundedNanos / 4 < exactNanos; i++) {
            exactNanos = Math.min(exactNanos, nanos(exact));
            roundedNanos = Math.min(roundedNanos, nanos(rounded));
        }
        boolean isBetter = roundedNanos < LEAST_SPEEDUP * exactNanos && areNear(found, expected);
        residency.get(call.component(), isBetter ? other : NumberFormat.FLOAT32, call.opened());
        residency.drop(call.component(), isBetter ? NumberFormat.FLOAT32 : other);
        return isBetter ? other : NumberFormat.FLOAT32;
    }

    private Residency.Loaded load(CallRequest call) {
        return residency.get(call.component(), call.format(), call.opened());
    }

    private long nanos(CallRequest call) {
        Residency.Loaded loaded = load(call);
        long began = System.nanoTime();
        together(loaded, List.of(call));
        return System.nanoTime() - began;
    }

    private static boolean areNear(List<Tensor> found, List<Tensor> expected) {
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i).type() == Tensor.Type.FLOAT32) {
                double error = 0;
                double size = 0;
                for (int j = 0; j < expected.get(i).length(); j++) {
                    error += Math.abs(found.get(i).floats()[j] - expected.get(i).floats()[j]);
                    size += Math.abs(expected.get(i).floats()[j]);
                }
                if (!(error <= MOST_ERROR * size)) {
                    return false;
                }
            }
        }
        return true;
    }

    static int rows(List<CallRequest> batch) {
        return batch.stream().mapToInt(CallRequest::rows).sum();
    }

    /// Whether it would surely not fit, even if it were all that is on the device.
    private boolean isTooLarge(CallRequest call, int rows) {
        return call.state().least(rows) > budget.unreserved() - call.component().bytes(call.format());
    }

    /// @return null if memory did not suffice
    private @org.jspecify.annotations.Nullable List<List<Tensor>> tryTogether(
            Residency.Loaded loaded, List<CallRequest> batch) {
        try {
            return together(loaded, batch);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (Libtorch.isOutOfMemory(e)) {
                return null;
            }
            throw e;
        }
    }

    /// In halves, once: of calls if there are several, of rows if these are independent; as a whole, with nothing else on the device, if not.
    private void separately(Residency.Loaded loaded, List<CallRequest> batch, long began) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            for (List<CallRequest> part : List.of(batch.subList(0, half), batch.subList(half, batch.size()))) {
                List<List<Tensor>> results = attempt(loaded, part);
                if (results != null) {
                    finish(part, results, began, System.nanoTime() - began);
                }
            }
            return;
        }
        CallRequest call = batch.getFirst();
        if (!call.isDivisible()) {
            List<List<Tensor>> results = attempt(loaded, batch);
            if (results != null) {
                finish(batch, results, began, System.nanoTime() - began);
            }
            return;
        }
        int half = call.rows() / 2;
        List<List<Tensor>> upper = attempt(loaded, List.of(call.part(0, half)));
        List<List<Tensor>> lower = upper == null ? null : attempt(loaded, List.of(call.part(half, call.rows() - half)));
        if (upper != null && lower != null) {
            List<Tensor> joined = new ArrayList<>();
            for (int i = 0; i < upper.getFirst().size(); i++) {
                joined.add(Rows.joined(List.of(upper.getFirst().get(i), lower.getFirst().get(i))));
            }
            finish(batch, List.of(joined), began, System.nanoTime() - began);
        }
    }

    /// The last attempt. What fails is told so.
    private @org.jspecify.annotations.Nullable List<List<Tensor>> attempt(
            Residency.Loaded loaded, List<CallRequest> part) {
        try {
            CallRequest first = part.getFirst();
            List<List<Tensor>> results = isTooLarge(first, rows(part)) ? null : tryTogether(loaded, part);
            if (results == null) {
                part.forEach(call -> call.outcome().completeExceptionally(outOfMemory(call)));
            }
            return results;
        } catch (RuntimeException | Error e) {
            part.forEach(call -> call.outcome().completeExceptionally(failure(call, e)));
            return null;
        }
    }

    private List<List<Tensor>> together(Residency.Loaded loaded, List<CallRequest> batch) {
        CallRequest first = batch.getFirst();
        int rows = rows(batch);
        residency.makeRoom(first.state().peak(rows));
        PeakMeter meter = null;
        if (first.state().least(rows) >= LEAST_MEASURED && !first.state().knows(rows)) {
            torch.trim(); // what earlier operations left would hide what this one takes
            meter = PeakMeter.start();
        }
        uploads.beginCall();
        List<Uploads.Upload> sent = new ArrayList<>();
        try {
            List<PtNDArray> inputs = new ArrayList<>();
            for (int i = 0; i < first.inputs().size(); i++) {
                int input = i;
                if (first.inputs().get(i) == null) {
                    String name = first.function().inputs().get(i).name();
                    inputs.add(Objects.requireNonNull(first.session()).get(name));
                } else {
                    List<Tensor> tensors =
                            first.facts().hasRows().get(i)
                                    ? batch.stream()
                                            .map(call -> Objects.requireNonNull(call.inputs().get(input)))
                                            .toList()
                                    : List.of(Objects.requireNonNull(first.inputs().get(i)));
                    sent.add(uploads.put(tensors, first.state().habit(i)));
                    inputs.add(sent.getLast().tensor());
                }
            }
            List<List<Tensor>> results = compute(loaded, batch, inputs);
            if (meter != null) {
                first.state().measured(rows, meter.peak());
            }
            return results;
        } finally {
            sent.forEach(Uploads.Upload::close);
        }
    }

    private List<List<Tensor>> compute(Residency.Loaded loaded, List<CallRequest> batch, List<PtNDArray> inputs) {
        CallRequest first = batch.getFirst();
        CallRequest.Gradient gradient = first.gradient();
        long began = System.nanoTime();
        PtNDArray[] results =
                gradient == null
                        ? loaded.program().run(first.index(), inputs, loaded.weights().list())
                        : loaded.program()
                                .gradient(
                                        first.index(),
                                        inputs,
                                        loaded.weights().list(),
                                        gradient.output(),
                                        gradient.of());
        counters.ranProgram(System.nanoTime() - began);
        if (gradient != null) {
            return List.of(Arrays.stream(results).map(this::whole).toList());
        }
        if (!first.facts().isJoinable()) {
            return List.of(sort(first, results));
        }
        List<List<Tensor>> split = new ArrayList<>();
        batch.forEach(_ -> split.add(new ArrayList<>()));
        for (PtNDArray result : results) {
            try (result) {
                TensorFunctions.View view = torch.view(result);
                int[] shape = Arrays.stream(view.shape()).mapToInt(Math::toIntExact).toArray();
                long each = view.elements() / shape[0];
                long at = 0;
                for (int i = 0; i < batch.size(); i++) {
                    shape[0] = batch.get(i).rows();
                    split.get(i).add(TensorFunctions.copy(view, at * each, shape));
                    at += shape[0];
                }
            }
        }
        return split;
    }

    /// Reads what goes out, and leaves what stays.
    private List<Tensor> sort(CallRequest call, PtNDArray[] results) {
        NetworkFunction function = call.function();
        List<Tensor> out = new ArrayList<>();
        Map<String, PtNDArray> stays = new LinkedHashMap<>();
        int i = 0;
        for (String name : function.outputs().keySet()) {
            PtNDArray result = results[i++];
            if (!function.resident().contains(name)) {
                out.add(whole(result));
            } else if (call.session() != null) {
                stays.put(name, result);
            } else {
                result.close();
            }
        }
        if (call.session() != null) {
            call.session().keep(call.component().name(), stays, torch);
        }
        return out;
    }

    private Tensor whole(PtNDArray result) {
        try (result) {
            TensorFunctions.View view = torch.view(result);
            return TensorFunctions.copy(view, 0, Arrays.stream(view.shape()).mapToInt(Math::toIntExact).toArray());
        }
    }

    private void finish(List<CallRequest> batch, List<List<Tensor>> results, long began, long nanos) {
        int rows = rows(batch);
        counters.computed(batch.size(), rows, nanos);
        for (int i = 0; i < batch.size(); i++) {
            CallRequest call = batch.get(i);
            long waited = Math.max(0, began - call.arrivedAt());
            long share = nanos * call.rows() / rows;
            counters.waited(waited);
            ModelCallEvent event = new ModelCallEvent();
            if (event.shouldCommit()) {
                event.model = call.component().name();
                event.function = call.function().name();
                event.device = device;
                event.format = call.format().toString();
                event.rows = call.rows();
                event.batchRows = rows;
                event.batchCalls = batch.size();
                event.waited = waited;
                event.share = share;
                event.peakBytes = call.state().peak(rows);
                event.commit();
            }
            call.outcome()
                    .complete(
                            new CallRequest.Outcome(
                                    results.get(i),
                                    new ModelCall(
                                            call.component().name(),
                                            call.function().name(),
                                            device,
                                            call.format().toString(),
                                            call.rows(),
                                            rows,
                                            Duration.ofNanos(waited),
                                            Duration.ofNanos(share))));
        }
    }

    private NodeException outOfMemory(CallRequest call) {
        return NodeException.resource(
                        "device/out-of-memory",
                        "%s, function \"%s\": a call of %d rows needs about %d MB beside the weights; %s has %d MB.",
                        call.component().name(),
                        call.function().name(),
                        call.rows(),
                        call.state().peak(call.rows()) >> 20,
                        device,
                        budget.total() >> 20)
                .next(
                        call.rows() > 1
                                ? "Compute fewer pictures at once, or smaller ones."
                                : "Use a smaller picture, cut it into tiles, or give the device more memory.");
    }

    private NodeException failure(CallRequest call, Throwable error) {
        if (error instanceof NodeException known) {
            return known;
        }
        if (Libtorch.isOutOfMemory(error)) {
            return outOfMemory(call).causedBy(error);
        }
        String reason = String.valueOf(error.getMessage()).strip();
        return new NodeException(
                ErrorKind.PLUGIN,
                "model/failed",
                call.component().name()
                        + ", function \""
                        + call.function().name()
                        + "\": the device could not compute it: "
                        + reason.lines()
                                .filter(line -> line.contains("Error"))
                                .findFirst()
                                .orElse(reason.lines().findFirst().orElse("")),
                "Check the inputs' values; the log has the whole message.",
                error);
    }
}
