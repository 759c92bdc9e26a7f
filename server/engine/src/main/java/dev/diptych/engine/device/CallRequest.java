// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.batching.Waiting;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelCall;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A call on its way through a device. Its inputs fit the function.
///
/// @param inputs   in the function's order; null for one that the session keeps
/// @param isInteractive as it was when the call was made
/// @param gradient what to differentiate; null for a forward pass
/// @param session  whose tensors stay on the device; null for a call by itself
/// @param opened   the weights' files if they may have to be loaded; closed when the call ends
record CallRequest(
        Component component,
        NumberFormat format,
        int index,
        LaneKey lane,
        LaneState state,
        List<@Nullable Tensor> inputs,
        SharedInputs shared,
        int rows,
        boolean isInteractive,
        CallScope scope,
        @Nullable Gradient gradient,
        @Nullable ResidentValues session,
        Component.@Nullable Opened opened,
        CompletableFuture<Outcome> outcome,
        long arrivedAt)
        implements Waiting {
    /// @param output the sum of whose elements is differentiated
    /// @param of     names of inputs
    record Gradient(String output, List<String> of) {}

    /// @param outputs in the function's order, without those that stay
    record Outcome(List<Tensor> outputs, ModelCall call) {}

    FunctionFacts facts() {
        return component.description().facts().get(index);
    }

    NetworkFunction function() {
        return facts().function();
    }

    /// Whether its rows may be computed in parts.
    boolean isDivisible() {
        return !isAlone() && rows > 1;
    }

    /// The same call in another format.
    CallRequest in(NumberFormat other) {
        return new CallRequest(
                component,
                other,
                index,
                lane,
                state,
                inputs,
                shared,
                rows,
                isInteractive,
                scope,
                gradient,
                session,
                opened,
                outcome,
                arrivedAt);
    }

    /// The same call with another claim on the files.
    CallRequest with(Component.Opened files) {
        return new CallRequest(
                component,
                format,
                index,
                lane,
                state,
                inputs,
                shared,
                rows,
                isInteractive,
                scope,
                gradient,
                session,
                files,
                outcome,
                arrivedAt);
    }

    /// The same call of some of its rows.
    CallRequest part(int first, int count) {
        List<Boolean> hasRows = facts().hasRows();
        List<@Nullable Tensor> parts = new java.util.ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get(i);
            parts.add(input != null && hasRows.get(i) ? Rows.of(input, first, count) : input);
        }
        return new CallRequest(
                component,
                format,
                index,
                lane,
                state,
                parts,
                shared,
                count,
                isInteractive,
                scope,
                gradient,
                session,
                opened,
                outcome,
                arrivedAt);
    }

    @Override
    public String owner() {
        return scope.owner();
    }

    @Override
    public Object member() {
        return scope;
    }

    @Override
    public boolean isAlone() {
        return scope.isDeterministic() || gradient != null || session != null || !facts().isJoinable();
    }

    /// Calls are told apart by identity.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
