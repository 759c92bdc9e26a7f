// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What follows from the function that a call names and the shapes of what it is given: the same for each step of a loop.
///
/// @param name     of the function, as the call has it
/// @param index    the function's number in the network
/// @param given    what each input is, in the function's order; null for one that is kept
/// @param rows     of those inputs that have any
record CallPlan(
        String name,
        NumberFormat format,
        int index,
        FunctionFacts facts,
        List<@Nullable GivenShape> given,
        int rows,
        LaneKey lane,
        LaneState state) {
    /// @param component whose function it is
    /// @param kept      shapes of what stayed on the device
    /// @param kind      of computation, as in [LaneKey]
    /// @throws dev.diptych.api.error.NodeException if there is no such function, or it takes something else
    static CallPlan of(
            Device device,
            Component component,
            String name,
            Map<String, Tensor> given,
            Map<String, GivenShape> kept,
            Object kind,
            NumberFormat format) {
        int index =
                CallShape.find(
                        component.name(),
                        component.description().network().functions(),
                        name,
                        given.keySet(),
                        kept.keySet());
        FunctionFacts facts = component.description().facts().get(index);
        Map<String, GivenShape> shapes = new HashMap<>(kept);
        given.forEach((input, tensor) -> shapes.put(input, GivenShape.of(tensor)));
        Map<String, Long> sizes = CallShape.check(component.name(), facts.function(), shapes);
        List<@Nullable GivenShape> ordered = new ArrayList<>();
        List<LaneKey.Shape> ofRows = new ArrayList<>();
        for (int i = 0; i < facts.hasRows().size(); i++) {
            Tensor input = given.get(facts.function().inputs().get(i).name());
            ordered.add(input == null ? null : GivenShape.of(input));
            if (input != null) {
                ofRows.add(LaneKey.Shape.of(input, facts.isJoined(i)));
            }
        }
        LaneKey lane = new LaneKey(component.identity(), format, index, kind, ofRows);
        int rows = facts.isJoinable() ? Math.toIntExact(sizes.getOrDefault(FunctionScope.BATCH, 1L)) : 1;
        return new CallPlan(
                name, format, index, facts, ordered, rows, lane, device.lane(lane, facts.function(), sizes));
    }

    /// Whether it is that of another call, too.
    boolean fits(String function, Map<String, Tensor> inputs, NumberFormat wanted) {
        if (!function.equals(name) || wanted != format || inputs.size() != given.size()) {
            return false;
        }
        List<NetworkFunction.Input> declared = facts.function().inputs();
        for (int i = 0; i < given.size(); i++) {
            Tensor input = inputs.get(declared.get(i).name());
            GivenShape shape = given.get(i);
            if (input == null || shape == null || !shape.isOf(input)) {
                return false;
            }
        }
        return true;
    }
}
