// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class WorkflowReaderTest {
    private static final String SMALL =
            """
            {"diptych": 1, "name": "soften", "title": "Soften a picture",
             "inputs": {"image": {"type": "image", "default": "asset:image/lion.png"},
                        "amount": {"type": "number", "default": 0.5, "min": 0, "max": 1},
                        "mode": {"type": "choice", "options": ["fine", "coarse"], "default": "fine"},
                        "many": {"type": {"list": "mask"}}},
             "nodes": {"b": {"type": "image/blur", "version": 1,
                             "in": {"image": {"input": "image"}, "amount": {"input": "amount"},
                                    "seeds": {"list": [{"value": 1}, {"value": "18446744073709551615"}]}}}},
             "outputs": {"image": {"node": "b", "out": "image"}},
             "layout": {"b": [10, 20.5]}}
            """;

    private final WorkflowReader reader = new WorkflowReader();

    private List<Problem> problemsOf(String json) {
        DocumentException refused = catchThrowableOfType(DocumentException.class, () -> reader.read(json));
        assertThat(refused).as("%.80s is refused", json).isNotNull();
        return refused.problems();
    }

    private static String with(String nodes) {
        return "{\"diptych\": 1, \"name\": \"x\", \"nodes\": " + nodes + "}";
    }

    @Test
    void reads_each_kind_of_binding_and_type() {
        WorkflowDocument document = reader.read(SMALL);
        assertThat(document.name()).isEqualTo("soften");
        assertThat(document.inputs().get("image").type()).isEqualTo(PortType.Basic.IMAGE);
        assertThat(document.inputs().get("amount").range()).isEqualTo(new PortSchema.Bounds(0, 1, 0));
        assertThat(document.inputs().get("mode").type()).isEqualTo(new PortType.Choice(List.of("fine", "coarse")));
        assertThat(document.inputs().get("many").type()).isEqualTo(new PortType.ListOf(PortType.Basic.MASK));
        assertThat(document.nodes().get("b").in().get("amount")).isEqualTo(new Binding.Input("amount"));
        assertThat(document.outputs().get("image")).isEqualTo(new Binding.Link("b", "image"));
        assertThat(document.layout()).isNotNull();
    }

    @Test
    void writes_what_reads_as_an_equal_document() {
        WorkflowDocument document = reader.read(SMALL);
        assertThat(reader.read(new WorkflowWriter().write(document))).isEqualTo(document);
    }

    @Test
    void keeps_all_digits_of_a_seed_written_as_text() {
        Binding.ListOf seeds = (Binding.ListOf) reader.read(SMALL).nodes().get("b").in().get("seeds");
        assertThat(((Binding.Literal) seeds.elements().get(1)).value().textValue()).isEqualTo("18446744073709551615");
    }

    @Test
    void refuses_a_whole_number_beyond_2_to_the_53() {
        assertThat(
                        problemsOf(
                                with(
                                        "{\"a\": {\"type\": \"p/n\", \"version\": 1, \"in\": {\"seed\": {\"value\": 9007199254740993}}}}")))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.message()).contains("/nodes/a/in/seed/value", "9007199254740993", "2^53");
                    assertThat(problem.next()).contains("as a text");
                });
    }

    @Test
    void the_revision_does_not_depend_on_layout_or_order_or_spacing() {
        WorkflowDocument document = reader.read(SMALL);
        String moved =
                SMALL.replace("\"b\": [10, 20.5]", "\"b\": [11, 7]")
                        .replace("\"diptych\": 1, \"name\": \"soften\"", "\"name\":\"soften\",\"diptych\":1");
        assertThat(Revision.of(document)).matches("[0-9a-f]{12}").isEqualTo(Revision.of(reader.read(moved)));
        assertThat(Revision.of(reader.read(SMALL.replace("0.5", "0.25")))).isNotEqualTo(Revision.of(document));
    }

    @Test
    void the_revision_is_that_of_the_canonical_text() {
        // printf '{"diptych":1,"name":"x","nodes":{},"outputs":{}}' | sha256sum
        assertThat(Revision.of(reader.read("{\"outputs\": {}, \"diptych\": 1, \"nodes\": {}, \"name\": \"x\"}")))
                .isEqualTo("331bb814c0ae");
    }

    @Test
    void tells_all_problems_at_once() {
        List<Problem> problems =
                problemsOf(
                        """
                        {"diptych": 2, "name": "../x", "nods": {},
                         "inputs": {"a": {"type": "imag"}, "b": {"type": "number", "min": 2, "max": 1}, "c": {"type": "choice"}},
                         "nodes": {"n": {"type": "blur", "version": 0, "in": {"x": {"node": "a"}}, "extra": 1}},
                         "outputs": {"o": 5}}
                        """);
        assertThat(problems.stream().map(Problem::code))
                .containsExactlyInAnyOrder(
                        "engine/unknown-field",
                        "engine/bad-format",
                        "engine/bad-name",
                        "engine/bad-type",
                        "engine/bad-range",
                        "engine/bad-type",
                        "engine/unknown-field",
                        "engine/bad-node-type",
                        "engine/bad-form",
                        "engine/bad-binding",
                        "engine/bad-binding");
        assertThat(problems.stream().map(Problem::text))
                .anySatisfy(text -> assertThat(text).contains("\"nods\"", "Did you mean \"nodes\"?"))
                .anySatisfy(text -> assertThat(text).contains("\"imag\"", "Did you mean \"image\"?"))
                .anySatisfy(text ->
                        assertThat(text).contains("node \"n\" (blur), \"x\": ", "{\"node\": id, \"out\": port}"));
    }

    @Test
    void names_line_and_column_of_invalid_json() {
        assertThatThrownBy(() -> reader.read("{\"diptych\": 1,\n \"name\": x}"))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("Line 2, column");
    }

    @Test
    void refuses_duplicate_keys_by_name() {
        assertThat(problemsOf("{\"diptych\": 1, \"name\": \"x\", \"nodes\": {\"a\": {}, \"a\": {}}}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.text()).contains("the key \"a\" stands twice"));
    }

    @Test
    void refuses_nesting_ten_thousand_deep() {
        String deep = "{\"layout\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
        assertThat(problemsOf(deep)).singleElement().extracting(Problem::code).isEqualTo("engine/json-too-deep");
    }

    @Test
    void refuses_twenty_megabytes_before_reading_them() {
        assertThat(problemsOf(" ".repeat(20_000_000)))
                .singleElement()
                .satisfies(problem -> assertThat(problem.text()).contains("20000000 bytes", "16777216"));
    }

    @Test
    void refuses_numbers_that_are_none() {
        assertThat(problemsOf(with("{\"a\": {\"type\": \"p/n\", \"version\": 1, \"in\": {\"x\": {\"value\": NaN}}}}")))
                .singleElement()
                .extracting(Problem::code)
                .isEqualTo("engine/not-a-number");
        assertThat(
                        problemsOf(
                                with(
                                        "{\"a\": {\"type\": \"p/n\", \"version\": 1, \"in\": {\"x\": {\"value\": 1e999}}}}")))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo("engine/number-too-large");
                    assertThat(problem.message())
                            .startsWith("Line 1, column")
                            .contains("the number 1e999 is too large");
                });
    }

    @Test
    void refuses_half_a_character_which_could_not_be_written_again() {
        assertThat(problemsOf("{\"diptych\": 1, \"name\": \"x\", \"nodes\": {}, \"title\": \"a\\ud800b\"}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.text()).contains("/title", "half of a surrogate pair"));
    }

    @Test
    void refuses_text_after_the_end_and_no_text_at_all() {
        assertThat(problemsOf("{} {}")).extracting(Problem::code).containsExactly("engine/bad-json");
        assertThat(problemsOf("")).extracting(Problem::code).containsExactly("engine/bad-json");
        assertThat(problemsOf("[]")).extracting(Problem::code).containsExactly("engine/bad-form");
    }

    @Test
    void counts_problems_beyond_the_first_hundred() {
        String nodes =
                IntStream.range(0, 500).mapToObj(i -> "\"n" + i + "\": 1").collect(Collectors.joining(", ", "{", "}"));
        assertThat(problemsOf(with(nodes)))
                .hasSize(101)
                .last()
                .satisfies(problem -> assertThat(problem.text()).contains("400 more problems"));
    }

    @Test
    void refuses_paths_as_names() {
        for (String name : List.of("..", "../a", "a/b", "/etc", "a\\b", "", ".hidden")) {
            String json =
                    "{\"diptych\": 1, \"name\": \"x\", \"nodes\": {\""
                            + name.replace("\\", "\\\\")
                            + "\": {\"type\": \"p/n\", \"version\": 1}}}";
            assertThat(problemsOf(json)).extracting(Problem::code).contains("engine/bad-name");
        }
    }

    @Test
    void a_declared_type_gets_its_fields_from_the_plugin() {
        PortType.Declared palette =
                new PortType.Declared(
                        "color/palette", List.of(new PortType.Declared.Field("size", PortType.Basic.INTEGER)));
        TypeReader types = new TypeReader(id -> java.util.Optional.of(palette).filter(type -> type.id().equals(id)));
        WorkflowDocument document =
                new WorkflowReader(types, 10_000)
                        .read(
                                "{\"diptych\": 1, \"name\": \"x\", \"outputs\": {}, \"inputs\": {\"p\": {\"type\": {\"list\": \"color/palette\"}}}}");
        assertThat(document.inputs().get("p").type()).isEqualTo(new PortType.ListOf(palette));
    }
}
