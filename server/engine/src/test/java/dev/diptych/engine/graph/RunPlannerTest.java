// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

final class RunPlannerTest {
    private static final TestCatalog CATALOG =
            new TestCatalog()
                    .node(
                            "t/ask",
                            1,
                            List.of(
                                    TestCatalog.port("model", PortType.Basic.MODEL),
                                    TestCatalog.port("words", PortType.Basic.TEXT)),
                            TestCatalog.port("text", PortType.Basic.TEXT));

    private final RunPlanner runs =
            new RunPlanner(
                    CATALOG,
                    new Planner(CATALOG, _ -> Optional.empty(), Limits.DEFAULT),
                    new ModelNames(name -> name.equals("a/model") ? Optional.empty() : Optional.of("Try a/model.")));

    private static final WorkflowDocument DOCUMENT =
            new WorkflowReader()
                    .read(
                            """
                            {"diptych": 1, "name": "x",
                             "inputs": {"model": {"type": "model"}, "size": {"type": "integer", "default": 1}},
                             "nodes": {
                               "good": {"type": "t/ask", "version": 1, "in": {"model": {"input": "model"}, "words": {"value": "hello"}}},
                               "bad": {"type": "t/ask", "version": 1, "in": {"model": {"input": "model"}, "words": {"value": 7}}},
                               "unknown": {"type": "no/such", "version": 1, "in": {}}},
                             "outputs": {"fine": {"node": "good", "out": "text"}, "broken": {"node": "bad", "out": "text"}}}
                            """);

    private static Map<String, JsonNode> given(String json) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        new StrictJson().read(json).properties().forEach(field -> values.put(field.getKey(), field.getValue()));
        return values;
    }

    private List<Problem> problems(String given, String output) {
        DocumentException refused =
                catchThrowableOfType(
                        DocumentException.class, () -> runs.prepare(DOCUMENT, given(given), Set.of(output)));
        assertThat(refused).isNotNull();
        return refused.problems();
    }

    @Test
    void what_an_output_does_not_need_may_be_broken() {
        RunPlanner.Prepared run = runs.prepare(DOCUMENT, given("{\"model\": \"a/model\"}"), Set.of("fine"));

        assertThat(run.plan().nodes()).hasSize(1);
        assertThat(run.inputs().values().get("size").intValue()).isEqualTo(1);
    }

    @Test
    void problems_of_inputs_models_and_graph_are_told_together_and_each_once() {
        for (String output : List.of("fine", "broken")) {
            assertThat(problems("{\"model\": \"b/model\", \"size\": \"wide\", \"nope\": 1}", output))
                    .extracting(Problem::code)
                    .containsExactlyInAnyOrder(
                            "engine/unknown-input",
                            "engine/wrong-type", // of the size
                            ModelNames.CODE,
                            "engine/wrong-type", // of the words
                            "engine/unknown-node-type");
        }
    }

    @Test
    void a_default_that_another_value_is_given_for_may_name_a_model_that_is_gone() {
        WorkflowDocument document =
                new WorkflowReader()
                        .read(
                                """
                                {"diptych": 1, "name": "x", "inputs": {"model": {"type": "model", "default": "b/model"}, "size": {"type": "integer"}},
                                 "nodes": {}, "outputs": {}}
                                """);
        DocumentException refused =
                catchThrowableOfType(
                        DocumentException.class,
                        () -> runs.prepare(document, given("{\"model\": \"a/model\"}"), Set.of()));

        assertThat(refused.problems()).extracting(Problem::code).containsExactly("engine/missing-input");
    }

    @Test
    void a_list_that_is_given_maps_the_run() {
        RunPlanner.Prepared run =
                runs.prepare(DOCUMENT, given("{\"model\": [\"a/model\", \"a/model\"]}"), Set.of("fine"));

        assertThat(run.plan().outputs().get("fine").type()).isEqualTo(new PortType.ListOf(PortType.Basic.TEXT));
    }

    @Test
    void the_problems_of_inputs_and_of_many_nodes_are_counted_once_each() {
        StringBuilder nodes = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            nodes.append(i == 0 ? "" : ",").append("\"n" + i + "\": {\"type\": \"no/such\", \"version\": 1}");
        }
        WorkflowDocument document =
                new WorkflowReader()
                        .read(
                                "{\"diptych\": 1, \"name\": \"x\", \"nodes\": {"
                                        + nodes
                                        + "}, \"outputs\": {\"o\": {\"node\": \"n400\", \"out\": \"text\"}}}");
        DocumentException refused =
                catchThrowableOfType(
                        DocumentException.class, () -> runs.prepare(document, given("{\"nope\": 1}"), Set.of()));

        assertThat(refused.count()).isEqualTo(501);
        assertThat(refused.problems()).hasSize(101);
        assertThat(refused.problems().get(1).node()).as("what is needed comes first").isEqualTo("n400");
        assertThat(refused.problems().getLast().message()).contains("401 more problems");
    }
}
