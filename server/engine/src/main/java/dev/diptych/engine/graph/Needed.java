// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.PortType;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/// Leaves out of a plan what was looked at for its type only, such as the giver of an input that a nested workflow does not use
/// for the outputs that are wanted.
final class Needed {
    private final List<Plan.Step> steps;
    private final BitSet isNeeded = new BitSet();
    private final Map<String, PortType> inputs = new TreeMap<>();

    private Needed(List<Plan.Step> steps) {
        this.steps = steps;
    }

    static Plan of(List<Plan.Step> steps, SequencedMap<String, Plan.Output> outputs) {
        Needed needed = new Needed(steps);
        outputs.values().forEach(output -> needed.mark(output.source()));
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (needed.isNeeded.get(i)) {
                steps.get(i).inputs().values().forEach(needed::mark);
            }
        }
        return needed.plan(outputs);
    }

    private void mark(Plan.Source source) {
        Deque<Plan.Source> open = new ArrayDeque<>();
        open.push(source);
        while (!open.isEmpty()) {
            switch (open.pop()) {
                case Plan.Source.FromStep from -> isNeeded.set(from.step());
                case Plan.Source.Given given -> inputs.put(given.input(), given.type());
                case Plan.Source.Gathered gathered -> gathered.parts().forEach(part -> open.push(part.source()));
                case Plan.Source.Constant _ -> {}
            }
        }
    }

    private Plan plan(SequencedMap<String, Plan.Output> outputs) {
        if (isNeeded.cardinality() == steps.size()) {
            return new Plan(new LinkedHashMap<>(inputs), steps, outputs);
        }
        int[] places = new int[steps.size()];
        List<Plan.Step> kept = new ArrayList<>();
        for (int i = 0; i < places.length; i++) {
            if (isNeeded.get(i)) {
                places[i] = kept.size();
                Plan.Step step = steps.get(i);
                SequencedMap<String, Plan.Source> sources = new LinkedHashMap<>();
                step.inputs().forEach((port, source) -> sources.put(port, moved(source, places)));
                kept.add(new Plan.Step(step.id(), step.schema(), sources, step.levels(), step.depth(), step.around()));
            }
        }
        SequencedMap<String, Plan.Output> moved = new LinkedHashMap<>();
        outputs.forEach(
                (name, output) -> moved.put(name, new Plan.Output(moved(output.source(), places), output.type())));
        return new Plan(new LinkedHashMap<>(inputs), kept, moved);
    }

    private static Plan.Source moved(Plan.Source source, int[] places) {
        return switch (source) {
            case Plan.Source.FromStep(int step, String port, PortType type) ->
                    new Plan.Source.FromStep(places[step], port, type);
            case Plan.Source.Gathered(Plan.Combining how, List<Plan.Part> parts, int depth, PortType type) ->
                    new Plan.Source.Gathered(
                            how,
                            parts.stream()
                                    .map(part ->
                                            new Plan.Part(part.name(), moved(part.source(), places), part.levels()))
                                    .toList(),
                            depth,
                            type);
            case Plan.Source.Given _, Plan.Source.Constant _ -> source;
        };
    }
}
