// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.WorkflowDocument;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

final class PlannerProperties {
    private final Planner planner = new Planner(TestCatalog.filled(), _ -> Optional.empty(), Limits.DEFAULT);

    @Property(tries = 300)
    void any_acyclic_graph_plans_each_needed_node_once_after_what_it_links_to(
            @ForAll @IntRange(min = 1, max = 40) int count, @ForAll long seed) {
        Map<Integer, List<Integer>> links = acyclic(count, seed);
        int wanted = new Random(seed + 1).nextInt(count);
        Plan plan = planner.plan(document(links, wanted, seed), Set.of());

        assertThat(plan.nodes().stream().map(Plan.Step::id))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(needed(links, wanted));
        for (int index = 0; index < plan.nodes().size(); index++) {
            int position = index;
            assertThat(plan.nodes().get(index).inputs().values())
                    .allSatisfy(source -> {
                        if (source instanceof Plan.Source.FromStep(int step, String _, var _)) {
                            assertThat(step).isLessThan(position);
                        }
                    });
            List<String> linked =
                    plan.nodes().get(index).inputs().values().stream()
                            .map(source -> plan.nodes().get(((Plan.Source.FromStep) source).step()).id())
                            .toList();
            int node = Integer.parseInt(plan.nodes().get(index).id().substring(1));
            assertThat(linked)
                    .containsExactlyElementsOf(
                            links.getOrDefault(node, List.of()).stream().map(target -> "n" + target).toList());
        }
    }

    @Property(tries = 200)
    void one_link_backwards_along_a_path_makes_a_cycle_that_is_told(
            @ForAll @IntRange(min = 1, max = 40) int count, @ForAll long seed) {
        Map<Integer, List<Integer>> links = new TreeMap<>();
        for (int node = 1; node < count; node++) {
            links.put(node, List.of(node - 1));
        }
        links.put(0, List.of(new Random(seed).nextInt(count)));
        assertThatThrownBy(() -> planner.plan(document(links, count - 1, seed), Set.of()))
                .isInstanceOfSatisfying(
                        DocumentException.class,
                        e ->
                                assertThat(e.problems())
                                        .singleElement()
                                        .satisfies(problem -> assertThat(problem.code()).isEqualTo("engine/cycle")));
    }

    private static Map<Integer, List<Integer>> acyclic(int count, long seed) {
        Random random = new Random(seed);
        Map<Integer, List<Integer>> links = new TreeMap<>();
        for (int node = 1; node < count; node++) {
            List<Integer> targets = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                targets.add(random.nextInt(node));
            }
            links.put(node, targets);
        }
        return links;
    }

    private static Set<String> needed(Map<Integer, List<Integer>> links, int wanted) {
        Set<String> needed = new HashSet<>();
        Deque<Integer> open = new ArrayDeque<>(List.of(wanted));
        while (!open.isEmpty()) {
            int node = open.pop();
            if (needed.add("n" + node)) {
                open.addAll(links.getOrDefault(node, List.of()));
            }
        }
        return needed;
    }

    /// Nodes in shuffled order: the file's order says nothing about the plan's.
    private static WorkflowDocument document(Map<Integer, List<Integer>> links, int wanted, long seed) {
        List<Integer> order = new ArrayList<>(links.keySet());
        if (!order.contains(0)) {
            order.add(0);
        }
        Collections.shuffle(order, new Random(seed));
        LinkedHashMap<String, WorkflowDocument.Node> nodes = new LinkedHashMap<>();
        for (int node : order) {
            LinkedHashMap<String, Binding> in = new LinkedHashMap<>();
            for (int target : links.getOrDefault(node, List.of())) {
                in.put(in.isEmpty() ? "a" : "b", new Binding.Link("n" + target, "text"));
            }
            nodes.put("n" + node, new WorkflowDocument.Node("text/join", 1, in));
        }
        LinkedHashMap<String, Binding> outputs = new LinkedHashMap<>();
        outputs.put("o", new Binding.Link("n" + wanted, "text"));
        return new WorkflowDocument(1, "x", "", "", new LinkedHashMap<>(), nodes, outputs, null);
    }
}
