// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;

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

final class InputCheckerTest {
    private final WorkflowDocument document =
            new WorkflowReader()
                    .read(
                            """
                            {"diptych": 1, "name": "x", "outputs": {}, "inputs": {
                             "image": {"type": "image"},
                             "theta": {"type": "number", "default": 0.35, "min": 0, "max": 0.5},
                             "mode": {"type": "choice", "options": ["fine", "coarse"], "default": "fine"},
                             "seed": {"type": "seed", "default": 1},
                             "steps": {"type": "integer", "default": 20, "min": 1},
                             "tall": {"type": "boolean", "default": false},
                             "sizes": {"type": {"list": "integer"}, "default": []}}}
                            """);

    private static Map<String, JsonNode> given(String json) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        new StrictJson().read(json).properties().forEach(field -> values.put(field.getKey(), field.getValue()));
        return values;
    }

    private List<String> problems(Map<String, JsonNode> given) {
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> new InputChecker().check(document, given));
        assertThat(refused).isNotNull();
        return refused.problems().stream().map(Problem::text).toList();
    }

    @Test
    void fills_defaults_in() {
        InputChecker.CheckedInputs checked =
                new InputChecker().check(document, given("{\"image\": \"asset:image/lion.png\", \"steps\": 5}"));
        assertThat(checked.values().keySet()).containsExactlyElementsOf(document.inputs().keySet());
        assertThat(checked.values().get("steps").intValue()).isEqualTo(5);
        assertThat(checked.values().get("theta").doubleValue()).isEqualTo(0.35);
        assertThat(checked.types().get("sizes")).isEqualTo(new PortType.ListOf(PortType.Basic.INTEGER));
    }

    @Test
    void a_list_where_one_value_is_declared_gets_a_list_type() {
        InputChecker.CheckedInputs checked =
                new InputChecker()
                        .check(
                                document,
                                given(
                                        "{\"image\": \"asset:image/lion.png\", \"seed\": [1, \"18446744073709551615\"]}"));
        assertThat(checked.types().get("seed")).isEqualTo(new PortType.ListOf(PortType.Basic.SEED));
    }

    @Test
    void tells_all_problems_at_once() {
        assertThat(
                        problems(
                                given(
                                        """
                                        {"theta": 0.7, "mode": "corse", "seed": 9007199254740993, "steps": 1.5, "tall": "no", "sizes": 3, "imgae": "x"}\
                                        """)))
                .containsExactlyInAnyOrder(
                        "\"imgae\": The workflow \"x\" has no such input. Did you mean \"image\"?",
                        "\"image\": image is needed, nothing is given. Give a value for it; it has no default.",
                        "\"theta\": 0.7 is outside 0 … 0.5. Write a number in the range.",
                        "\"mode\": \"corse\" is none of \"fine\", \"coarse\". Did you mean \"coarse\"?",
                        "\"seed\": The seed 9007199254740993 is beyond 2^53, where JSON numbers are rounded. Write it as a text of digits: \"9007199254740993\".",
                        "\"steps\": 1.5 is no whole number. Write it without a fraction.",
                        "\"tall\": boolean is needed, \"no\" is given.",
                        "\"sizes\": list of integer is needed, 3 is given.");
    }

    @Test
    void refuses_numbers_that_are_none_in_lists_too() {
        Map<String, JsonNode> given = given("{\"image\": \"asset:image/lion.png\", \"sizes\": [1, [2]], \"steps\": 0}");
        given.put("theta", DoubleNode.valueOf(Double.NaN));
        assertThat(problems(given))
                .containsExactlyInAnyOrder(
                        "\"theta\": NaN is not finite. Write a finite number.",
                        "\"steps\": 0 is below 1. Write a number in the range.",
                        "\"sizes\": integer is needed, an array of 1 is given.");
    }
}
