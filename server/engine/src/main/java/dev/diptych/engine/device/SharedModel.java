// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.CallScope;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A component as one run of a node sees it. The weights, the program and the forward passes are shared with everybody else who uses it.
final class SharedModel implements Model {
    private static final long CANCEL_CHECK_MILLISECONDS = 50;

    private final Devices devices;
    private final Component component;
    private final CallScope scope;
    private @Nullable Device chosen;

    /// Of the last call by itself; the next one mostly has the same.
    private volatile @Nullable CallPlan lastPlan;

    SharedModel(Devices devices, Component component, CallScope scope) {
        this.devices = devices;
        this.component = component;
        this.scope = scope;
    }

    @Override
    public Map<String, Tensor> call(String function, Map<String, Tensor> inputs) {
        return call(device(), function, inputs, null, null, null);
    }

    @Override
    public Map<String, Tensor> gradient(String function, Map<String, Tensor> inputs, String output, List<String> of) {
        NetworkFunction called = find(function, inputs, Set.of());
        if (!called.outputs().containsKey(output)) {
            throw NodeException.user(
                    "model/no-output",
                    "%s has no output \"%s\"; it has %s.",
                    component.name(),
                    output,
                    called.outputs().keySet());
        }
        for (String name : of) {
            Tensor input = inputs.get(name);
            if (input == null || input.type() != Tensor.Type.FLOAT32) {
                throw NodeException.user(
                        "model/no-gradient",
                        "%s has no gradient with respect to \"%s\": it is %s.",
                        component.name(),
                        name,
                        input == null ? "no input" : input.type());
            }
        }
        List<String> ordered = called.inputs().stream().map(NetworkFunction.Input::name).filter(of::contains).toList();
        return call(device(), function, inputs, new CallRequest.Gradient(output, ordered), null, NumberFormat.FLOAT32);
    }

    private NetworkFunction find(String function, Map<String, Tensor> inputs, Set<String> kept) {
        return network()
                .functions()
                .get(CallShape.find(component.name(), network().functions(), function, inputs.keySet(), kept));
    }

    /// @param session whose values stand in for inputs that are not given
    /// @param format  null for the device's choice
    Map<String, Tensor> call(
            Device device,
            String function,
            Map<String, Tensor> given,
            CallRequest.@Nullable Gradient gradient,
            @Nullable ResidentValues session,
            @Nullable NumberFormat format) {
        checkCancelled();
        NumberFormat known = format != null ? format : knownFormat(device);
        NumberFormat first = known != null ? known : NumberFormat.FLOAT32;
        CallPlan plan = plan(device, function, given, gradient, session, first);
        try (Component.Opened opened = device.isResident(component.identity(), first) ? null : component.open()) {
            CallRequest request = request(plan, given, gradient, session, opened);
            if (known == null) {
                NumberFormat fastest = await(probe(device, request), null, device);
                plan = plan(device, function, given, gradient, session, fastest);
                request = request(plan, given, gradient, session, opened);
            }
            device.schedule().add(request);
            CallRequest.Outcome outcome = await(request.outcome(), request, device);
            scope.called(outcome.call());
            return named(plan.facts().function(), gradient, outcome.outputs());
        }
    }

    private CallPlan plan(
            Device device,
            String function,
            Map<String, Tensor> given,
            CallRequest.@Nullable Gradient gradient,
            @Nullable ResidentValues session,
            NumberFormat format) {
        boolean isPlain = gradient == null && session == null;
        CallPlan last = lastPlan;
        if (isPlain && last != null && last.fits(function, given, format)) {
            return last;
        }
        Map<String, GivenShape> kept = session == null ? Map.of() : session.shapes();
        Object kind = gradient != null ? gradient : session != null ? "session" : "call";
        CallPlan plan = CallPlan.of(device, component, function, given, kept, kind, format);
        lastPlan = isPlain ? plan : last;
        return plan;
    }

    private CallRequest request(
            CallPlan plan,
            Map<String, Tensor> given,
            CallRequest.@Nullable Gradient gradient,
            @Nullable ResidentValues session,
            Component.@Nullable Opened opened) {
        List<@Nullable Tensor> inputs = new ArrayList<>();
        List<Tensor> shared = new ArrayList<>();
        for (NetworkFunction.Input declared : plan.facts().function().inputs()) {
            Tensor input = given.get(declared.name());
            if (input != null && !plan.facts().isJoined(inputs.size())) {
                shared.add(input);
            }
            inputs.add(input);
        }
        return new CallRequest(
                component,
                plan.format(),
                plan.index(),
                plan.lane(),
                plan.state(),
                inputs,
                new SharedInputs(shared),
                plan.rows(),
                scope.isInteractive(),
                scope,
                gradient,
                session,
                opened,
                new CompletableFuture<>(),
                System.nanoTime());
    }

    private static Map<String, Tensor> named(
            NetworkFunction function, CallRequest.@Nullable Gradient gradient, List<Tensor> outputs) {
        List<String> names =
                gradient != null
                        ? gradient.of()
                        : function.outputs().keySet().stream()
                                .filter(name -> !function.resident().contains(name))
                                .toList();
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), outputs.get(i));
        }
        return named;
    }

    /// The format of calls on a device; null if it must be tried out.
    @Nullable NumberFormat knownFormat(Device device) {
        return switch (devices.settings().precision()) {
            case FLOAT32 -> NumberFormat.FLOAT32;
            case USUAL -> device.isGraphicsCard() ? component.storedFormat() : NumberFormat.FLOAT32;
            case FAST -> {
                CompletableFuture<NumberFormat> tried = device.formats().get(component.identity());
                yield tried != null && tried.isDone() && !tried.isCompletedExceptionally() ? tried.join() : null;
            }
        };
    }

    /// Once for each component and device; who comes meanwhile waits for the same.
    private CompletableFuture<NumberFormat> probe(Device device, CallRequest request) {
        CompletableFuture<NumberFormat> mine = new CompletableFuture<>();
        CompletableFuture<NumberFormat> others = device.formats().putIfAbsent(component.identity(), mine);
        if (others != null) {
            return others;
        }
        NumberFormat half = device.isGraphicsCard() ? NumberFormat.FLOAT16 : NumberFormat.BFLOAT16;
        Component.Opened files = component.open(); // this call may be cancelled before the device is done
        device.fastest(request.with(files), half)
                .whenComplete((format, error) -> {
                    files.close();
                    if (error != null) {
                        device.formats().remove(component.identity(), mine);
                        mine.completeExceptionally(error);
                    } else {
                        mine.complete(format);
                    }
                });
        return mine;
    }

    private void checkCancelled() {
        if (scope.isCancelled()) {
            throw new CancellationException("The job was cancelled");
        }
    }

    /// Waits for the device in the place of nobody. When the job is cancelled, a call that waits leaves the queue; one that is computed is waited for.
    private <T> T await(CompletableFuture<T> result, @Nullable CallRequest request, Device device) {
        try {
            return scope.away(() -> {
                while (true) {
                    try {
                        return result.get(CANCEL_CHECK_MILLISECONDS, TimeUnit.MILLISECONDS);
                    } catch (TimeoutException _) {
                        if (scope.isCancelled()) {
                            leave(result, request, device);
                            throw new CancellationException("The job was cancelled");
                        }
                    } catch (InterruptedException e) {
                        leave(result, request, device);
                        Thread.currentThread().interrupt();
                        throw new CancellationException("The job was cancelled");
                    }
                }
            });
        } catch (ExecutionException e) {
            throw mine(Device.unwrapped(e.getCause()));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void leave(Future<?> result, @Nullable CallRequest request, Device device) {
        boolean isOut = request != null && device.schedule().withdraw(request);
        while (request != null && !isOut) {
            try {
                result.get();
                return;
            } catch (InterruptedException _) {
                // it is being computed; its inputs are in use until it ends
            } catch (ExecutionException | CancellationException _) {
                return;
            }
        }
    }

    /// An error with the stack of the thread that called, too.
    private static RuntimeException mine(RuntimeException error) {
        if (error instanceof NodeException known) {
            NodeException own =
                    new NodeException(
                            known.kind(),
                            known.code(),
                            String.valueOf(known.getMessage()),
                            known.next().orElse(null),
                            known.getCause());
            own.addSuppressed(known);
            return own;
        }
        return error;
    }

    /// The device that this run uses to its end.
    synchronized Device device() {
        if (chosen == null) {
            Device device = devices.choose(component);
            device.users().incrementAndGet();
            scope.closeAtEnd(() -> {
                device.users().decrementAndGet();
                device.schedule().leave(scope);
            });
            chosen = device;
        }
        return chosen;
    }

    @Override
    public Session session(long maximumBytes) {
        checkCancelled();
        Device device = device();
        if (maximumBytes < 1 || maximumBytes > device.budget().mostReserved()) {
            throw NodeException.resource(
                            "model/session-size",
                            "%s: %d bytes cannot stay on %s; at least 1 and at most half of its memory can, %d.",
                            component.name(),
                            maximumBytes,
                            device.id(),
                            device.budget().mostReserved())
                    .next("Generate fewer or smaller pictures at once, or give the device more memory.");
        }
        MemoryBudget.Reservation reservation = device.budget().reserve(maximumBytes);
        try {
            await(reservation.granted(), null, device);
        } catch (RuntimeException e) {
            reservation.close();
            throw e;
        }
        NumberFormat known = knownFormat(device);
        SharedSession session =
                new SharedSession(this, device, reservation, known != null ? known : NumberFormat.FLOAT32);
        scope.closeAtEnd(session);
        return session;
    }

    @Override
    public Network network() {
        return component.description().network();
    }

    @Override
    public Config config() {
        return component.config();
    }
}
