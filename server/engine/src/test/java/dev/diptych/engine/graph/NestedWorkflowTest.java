// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

final class NestedWorkflowTest {
    private static final String SOFT = "soft@000000000001";
    private static final String SOFT_TWICE = "twice@000000000002";

    private final Map<String, WorkflowDocument> stored = new HashMap<>();
    private final Planner planner =
            new Planner(TestCatalog.filled(), name -> Optional.ofNullable(stored.get(name)), Limits.DEFAULT);

    NestedWorkflowTest() {
        store(
                SOFT,
                """
                "inputs": {"picture": {"type": "image"}, "amount": {"type": "number", "default": 0.3, "min": 0, "max": 1}},
                "nodes": {"b": {"type": "image/blur", "version": 1, "in": {"image": {"input": "picture"}, "amount": {"input": "amount"}}},
                          "unneeded": {"type": "image/size", "version": 1, "in": {"image": {"input": "picture"}}}},
                "outputs": {"picture": {"node": "b", "out": "image"}, "untouched": {"input": "picture"}}\
                """);
        store(
                SOFT_TWICE,
                """
                "inputs": {"p": {"type": "image"}},
                "nodes": {"one": {"type": "workflow:soft@000000000001", "in": {"picture": {"input": "p"}}},
                          "two": {"type": "workflow:soft@000000000001", "in": {"picture": {"node": "one", "out": "picture"}, "amount": {"value": 1}}}},
                "outputs": {"p": {"node": "two", "out": "picture"}}\
                """);
        store(
                "either@0000000000aa",
                """
                "inputs": {"p": {"type": "image"}, "q": {"type": "image"}}, "nodes": {},
                "outputs": {"p": {"input": "p"}, "q": {"input": "q"}}\
                """);
    }

    private void store(String name, String contents) {
        stored.put(name, document(contents));
    }

    private static WorkflowDocument document(String contents) {
        return new WorkflowReader().read("{\"diptych\": 1, \"name\": \"x\", " + contents + "}");
    }

    private static WorkflowDocument around(String name, String in, String out) {
        return document(
                "\"inputs\": {\"i\": {\"type\": \"image\"}, \"l\": {\"type\": {\"list\": \"image\"}}}, \"nodes\": {\"outer\": {\"type\": \"workflow:"
                        + name
                        + "\", \"in\": {"
                        + in
                        + "}}}, \"outputs\": {\"o\": {\"node\": \"outer\", \"out\": \""
                        + out
                        + "\"}}");
    }

    private List<String> problems(WorkflowDocument document) {
        return planner.validate(document).stream().map(Problem::text).toList();
    }

    @Test
    void nested_nodes_are_planned_under_the_ids_of_those_that_hold_them() {
        Plan plan = planner.plan(around(SOFT_TWICE, "\"p\": {\"input\": \"i\"}", "p"), Set.of());
        assertThat(plan.nodes().stream().map(Plan.Step::id)).containsExactly("outer/one/b", "outer/two/b");
        assertThat(plan.nodes().getFirst().inputs().get("image"))
                .isEqualTo(new Plan.Source.Given("i", PortType.Basic.IMAGE));
        assertThat(((Plan.Source.Constant) plan.nodes().get(0).inputs().get("amount")).value().doubleValue())
                .isEqualTo(0.3);
        assertThat(((Plan.Source.Constant) plan.nodes().get(1).inputs().get("amount")).value().doubleValue())
                .isEqualTo(1);
    }

    @Test
    void a_value_may_pass_through_untouched() {
        Plan plan = planner.plan(around(SOFT, "\"picture\": {\"input\": \"i\"}", "untouched"), Set.of());
        assertThat(plan.nodes()).isEmpty();
        assertThat(plan.outputs().get("o").source()).isEqualTo(new Plan.Source.Given("i", PortType.Basic.IMAGE));
    }

    @Test
    void only_declared_inputs_are_seen() {
        assertThat(problems(around(SOFT, "\"pictre\": {\"input\": \"i\"}", "picture")))
                .containsExactlyInAnyOrder(
                        "node \"outer\" (workflow:soft@000000000001), \"pictre\": The nested workflow has no such input. Did you mean \"picture\"?",
                        "node \"outer\" (workflow:soft@000000000001), \"picture\": image is needed, nothing is given. Link it, or write a value.");
        store(
                "leaky@000000000009",
                """
                "nodes": {"b": {"type": "image/blur", "version": 1, "in": {"image": {"input": "i"}}}},
                "outputs": {"o": {"node": "b", "out": "image"}}\
                """);
        assertThat(problems(around("leaky@000000000009", "", "o")))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("node \"outer/b\"", "declares no input \"i\""));
    }

    @Test
    void literals_for_a_nested_workflow_are_checked_against_its_declaration() {
        assertThat(problems(around(SOFT, "\"picture\": {\"input\": \"i\"}, \"amount\": {\"value\": 2}", "picture")))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("\"amount\": 2 is outside 0 … 1."));
    }

    @Test
    void a_workflow_that_contains_itself_and_one_that_is_missing_are_told() {
        store(
                "a@00000000000a",
                """
                "nodes": {"n": {"type": "workflow:b@00000000000b"}}, "outputs": {"o": {"node": "n", "out": "o"}}\
                """);
        store(
                "b@00000000000b",
                """
                "nodes": {"n": {"type": "workflow:a@00000000000a"}}, "outputs": {"o": {"node": "n", "out": "o"}}\
                """);
        assertThat(problems(around("a@00000000000a", "", "o")))
                .containsExactly(
                        "node \"outer/n/n\" (workflow:a@00000000000a): The workflow a@00000000000a contains itself. Remove this node, or nest another workflow.");
        assertThat(problems(around("gone@00000000000c", "", "o")))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("There is no workflow gone@00000000000c."));
    }

    @Test
    void a_cycle_through_a_nested_workflow_is_found() {
        assertThat(
                        problems(
                                document(
                                        """
                                        "nodes": {"n": {"type": "workflow:soft@000000000001", "in": {"picture": {"node": "n", "out": "untouched"}}}},
                                        "outputs": {"o": {"node": "n", "out": "picture"}}\
                                        """)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("n → n"));
    }

    @Test
    void workflows_that_double_at_each_level_meet_the_limit() {
        for (int level = 1; level < 15; level++) {
            String inner = level == 1 ? SOFT_TWICE : "d%d@%012d".formatted(level - 1, level - 1);
            store(
                    "d%d@%012d".formatted(level, level),
                    """
                    "inputs": {"p": {"type": "image"}},
                    "nodes": {"one": {"type": "workflow:%s", "in": {"p": {"input": "p"}}},
                              "two": {"type": "workflow:%s", "in": {"p": {"node": "one", "out": "p"}}}},
                    "outputs": {"p": {"node": "two", "out": "p"}}\
                    """
                            .formatted(inner, inner));
        }
        assertThat(problems(around("d14@000000000014", "\"p\": {\"input\": \"i\"}", "p")))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("more than 20000 nodes"));
    }

    @Test
    void a_list_for_a_single_input_maps_the_whole_workflow() {
        Plan plan = planner.plan(around(SOFT_TWICE, "\"p\": {\"input\": \"l\"}", "p"), Set.of());
        assertThat(plan.nodes()).extracting(Plan.Step::depth).containsExactly(1, 1);
        assertThat(plan.outputs().get("o").type()).isEqualTo(new PortType.ListOf(PortType.Basic.IMAGE));
    }

    @Test
    void a_declared_type_is_kept_inside_a_workflow_that_is_mapped() {
        store(
                "wrong@00000000000e",
                """
                "inputs": {"p": {"type": "image"}},
                "nodes": {"g": {"type": "image/grid", "version": 1, "in": {"images": {"input": "p"}}}},
                "outputs": {"o": {"node": "g", "out": "image"}}\
                """);
        assertThat(problems(around("wrong@00000000000e", "\"p\": {\"input\": \"l\"}", "o")))
                .singleElement()
                .satisfies(text ->
                        assertThat(text).contains("list of image is needed, the workflow's input \"p\" gives image."));
    }

    @Test
    void what_only_unused_inputs_need_does_not_run() {
        Plan plan =
                planner.plan(
                        document(
                                """
                                "inputs": {"i": {"type": "image"}, "j": {"type": "image"}},
                                "nodes": {"b": {"type": "image/blur", "version": 1, "in": {"image": {"input": "j"}}},
                                          "w": {"type": "workflow:either@0000000000aa", "in": {"p": {"input": "i"}, "q": {"node": "b", "out": "image"}}}},
                                "outputs": {"o": {"node": "w", "out": "p"}}\
                                """),
                        Set.of());
        assertThat(plan.nodes()).isEmpty();
        assertThat(plan.inputs()).containsOnlyKeys("i");
    }

    @Test
    void workflows_that_only_hand_mapped_values_on_meet_a_limit() {
        StringBuilder nodes = new StringBuilder();
        String before = "{\"input\": \"l\"}";
        for (int i = 0; i < 150; i++) {
            nodes.append(i == 0 ? "" : ", ")
                    .append(
                            "\"n%d\": {\"type\": \"workflow:either@0000000000aa\", \"in\": {\"p\": %s, \"q\": %s}}"
                                    .formatted(i, before, before));
            before = "{\"node\": \"n%d\", \"out\": \"p\"}".formatted(i);
        }
        assertThat(
                        problems(
                                document(
                                        "\"inputs\": {\"l\": {\"type\": {\"list\": \"image\"}}}, \"nodes\": {"
                                                + nodes
                                                + "}, \"outputs\": {\"o\": "
                                                + before
                                                + "}")))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("more than 100 lists inside one another"));
    }
}
