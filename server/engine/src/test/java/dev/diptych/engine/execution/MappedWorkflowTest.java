// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import static dev.diptych.engine.document.PortType.Basic.SEED;
import static dev.diptych.engine.document.PortType.Basic.TEXT;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.graph.InputChecker;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.graph.TestCatalog;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;
import dev.diptych.engine.value.TypedValue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// A nested workflow is a node: given a list for one value, it runs for each element, as if it had been run by itself with that element.
@Timeout(60)
final class MappedWorkflowTest {
    private static final PortType TEXTS = new PortType.ListOf(TEXT);
    private static final PortType LOOK =
            new PortType.Declared(
                    "t/look",
                    List.of(
                            new PortType.Declared.Field("word", TEXT),
                            new PortType.Declared.Field("sizes", new PortType.ListOf(PortType.Basic.INTEGER))));

    private final TestLibrary library = new TestLibrary();
    private final NodePool pool = new NodePool(2);
    private final Map<String, WorkflowDocument> stored = new HashMap<>();

    MappedWorkflowTest() {
        library.add(
                "t/join",
                List.of(TestCatalog.optional("a", TEXT), TestCatalog.optional("b", TEXT)),
                TEXT,
                (in, _) -> Map.of("out", in.getOrDefault("a", "-") + "+" + in.getOrDefault("b", "-")));
        library.add(
                "t/all",
                List.of(TestCatalog.port("texts", TEXTS)),
                TEXT,
                (in, _) -> Map.of("out", in.get("texts").toString()));
        library.add(
                "t/letters",
                List.of(TestCatalog.port("text", TEXT)),
                TEXTS,
                (in, _) -> Map.of("out", in.get("text").toString().chars().mapToObj(Character::toString).toList()));
        library.add(
                "t/noise",
                List.of(TestCatalog.port("seed", SEED), TestCatalog.optional("a", TEXT)),
                TEXT,
                (in, _) -> Map.of("out", in.getOrDefault("a", "") + "#" + in.get("seed")));
        library.add(
                "t/say",
                List.of(TestCatalog.port("look", LOOK)),
                TEXT,
                (in, _) -> Map.of("out", in.get("look").toString()));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private WorkflowDocument document(String contents) {
        return new WorkflowReader(TypeReader.of(library), 1 << 20)
                .read("{\"diptych\": 1, \"name\": \"x\", " + contents + "}");
    }

    private void store(String name, String contents) {
        stored.put(name + "@000000000000", document(contents));
    }

    private RunResult run(String contents, String given) throws Exception {
        WorkflowDocument document = document(contents);
        Map<String, JsonNode> values = new LinkedHashMap<>();
        new StrictJson().read(given).properties().forEach(field -> values.put(field.getKey(), field.getValue()));
        InputChecker.CheckedInputs inputs = new InputChecker().check(document, values);
        Plan plan =
                new Planner(library, name -> Optional.ofNullable(stored.get(name)), Limits.DEFAULT)
                        .plan(document, Set.of(), inputs.types());
        Literals literals = new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
        return new WorkflowExecutor(library, ResultCache.inMemory(1 << 20), pool, ModelProvider.none(), literals, "1")
                .start(plan, inputs.values(), RunOptions.of("ann", "w"), new RunListener() {})
                .result()
                .get(30, TimeUnit.SECONDS);
    }

    private Object value(String contents, String given) throws Exception {
        RunResult result = run(contents, given);
        assertThat(result.problems()).isEmpty();
        TypedValue value = result.outputs().get("o");
        assertThat(value).isNotNull();
        return value.value();
    }

    private Object value(String contents) throws Exception {
        return value(contents, "{}");
    }

    private static String around(String name, String in, String out) {
        return "\"nodes\": {\"n\": {\"type\": \"workflow:%s@000000000000\", \"in\": {%s}}}, \"outputs\": {\"o\": {\"node\": \"n\", \"out\": \"%s\"}}"
                .formatted(name, in, out);
    }

    @Test
    void a_list_put_together_inside_is_made_for_each_element() throws Exception {
        store(
                "pair",
                """
                "inputs": {"p": {"type": "text"}},
                "nodes": {"j": {"type": "t/join", "version": 1, "in": {"a": {"input": "p"}}},
                          "g": {"type": "t/all", "version": 1, "in": {"texts": {"list": [{"input": "p"}, {"node": "j", "out": "out"}, {"value": "z"}]}}}},
                "outputs": {"one": {"node": "g", "out": "out"}, "several": {"list": [{"input": "p"}, {"node": "j", "out": "out"}]}}\
                """);
        assertThat(value(around("pair", "\"p\": {\"value\": [\"x\", \"y\"]}", "one")))
                .isEqualTo(List.of("[x, x+-, z]", "[y, y+-, z]"));
        assertThat(value(around("pair", "\"p\": {\"value\": [\"x\", \"y\"]}", "several")))
                .isEqualTo(List.of(List.of("x", "x+-"), List.of("y", "y+-")));
        assertThat(value(around("pair", "\"p\": {\"value\": []}", "several"))).isEqualTo(List.of());
    }

    @Test
    void a_list_of_the_nested_workflow_is_mapped_over_within_each_element() throws Exception {
        store(
                "own",
                """
                "inputs": {"p": {"type": "text"}},
                "nodes": {"j": {"type": "t/join", "version": 1, "in": {"a": {"input": "p"}, "b": {"value": ["1", "2", "3"]}}},
                          "l": {"type": "t/letters", "version": 1, "in": {"text": {"input": "p"}}},
                          "k": {"type": "t/join", "version": 1, "in": {"a": {"node": "l", "out": "out"}, "b": {"input": "p"}}},
                          "g": {"type": "t/all", "version": 1, "in": {"texts": {"node": "k", "out": "out"}}}},
                "outputs": {"o": {"node": "j", "out": "out"}, "letters": {"node": "k", "out": "out"}, "all": {"node": "g", "out": "out"}}\
                """);
        String given = "\"p\": {\"value\": [\"x\", \"yz\"]}";
        assertThat(value(around("own", given, "o")))
                .isEqualTo(List.of(List.of("x+1", "x+2", "x+3"), List.of("yz+1", "yz+2", "yz+3")));
        assertThat(value(around("own", given, "letters"))).isEqualTo(List.of(List.of("x+x"), List.of("y+yz", "z+yz")));
        assertThat(value(around("own", given, "all"))).isEqualTo(List.of("[x+x]", "[y+yz, z+yz]"));
    }

    @Test
    void an_output_that_does_not_depend_on_the_list_is_repeated_for_each_element() throws Exception {
        store(
                "two",
                """
                "inputs": {"p": {"type": "text"}, "q": {"type": "text"}}, "nodes": {},
                "outputs": {"p": {"input": "p"}, "q": {"input": "q"}}\
                """);
        assertThat(value(around("two", "\"p\": {\"value\": [\"x\", \"y\"]}, \"q\": {\"value\": \"s\"}", "q")))
                .isEqualTo(List.of("s", "s"));
        assertThat(value(around("two", "\"p\": {\"value\": [\"x\"]}, \"q\": {\"value\": [\"s\", \"t\"]}", "p")))
                .isEqualTo(List.of("x", "x"));
    }

    @Test
    void lists_for_different_inputs_go_in_step_also_where_no_node_takes_both() throws Exception {
        store(
                "two",
                """
                "inputs": {"p": {"type": "text"}, "q": {"type": "text"}}, "nodes": {},
                "outputs": {"p": {"input": "p"}, "q": {"input": "q"}}\
                """);
        RunResult result =
                run(
                        around(
                                "two",
                                "\"p\": {\"value\": [\"x\", \"y\"]}, \"q\": {\"value\": [\"1\", \"2\", \"3\"]}",
                                "p"),
                        "{}");
        assertThat(result.problems().stream().map(Problem::message))
                .singleElement()
                .satisfies(text ->
                        assertThat(text).contains("\"p\" has 2 elements", "\"q\" has 3").doesNotContain("null"));
    }

    @Test
    void a_seed_advances_where_it_enters_and_a_seed_written_inside_does_not() throws Exception {
        store(
                "noise",
                """
                "inputs": {"p": {"type": "text"}, "s": {"type": "seed", "default": 7}},
                "nodes": {"n": {"type": "t/noise", "version": 1, "in": {"seed": {"input": "s"}}},
                          "m": {"type": "t/noise", "version": 1, "in": {"seed": {"input": "s"}, "a": {"value": ["u", "v"]}}},
                          "c": {"type": "t/noise", "version": 1, "in": {"seed": {"value": 3}, "a": {"input": "p"}}}},
                "outputs": {"alone": {"node": "n", "out": "out"}, "mapped": {"node": "m", "out": "out"}, "fixed": {"node": "c", "out": "out"}}\
                """);
        String three = "\"p\": {\"value\": [\"x\", \"y\", \"z\"]}";
        assertThat(value(around("noise", three, "alone"))).isEqualTo(List.of("#7", "#8", "#9"));
        assertThat(value(around("noise", three, "mapped")))
                .isEqualTo(List.of(List.of("u#7", "v#8"), List.of("u#8", "v#9"), List.of("u#9", "v#10")));
        assertThat(value(around("noise", three, "fixed"))).isEqualTo(List.of("x#3", "y#3", "z#3"));
        assertThat(value(around("noise", three + ", \"s\": {\"value\": [1, 5, 2]}", "alone")))
                .isEqualTo(List.of("#1", "#5", "#2"));
        assertThat(value(around("noise", "\"p\": {\"value\": \"x\"}", "alone"))).isEqualTo("#7");
    }

    @Test
    void workflows_mapped_inside_one_another_give_lists_of_lists() throws Exception {
        store(
                "inner",
                """
                "inputs": {"a": {"type": "text"}, "b": {"type": "text"}},
                "nodes": {"j": {"type": "t/join", "version": 1, "in": {"a": {"input": "a"}, "b": {"input": "b"}}}},
                "outputs": {"o": {"node": "j", "out": "out"}}\
                """);
        store(
                "outer",
                """
                "inputs": {"p": {"type": "text"}, "qs": {"type": {"list": "text"}}},
                "nodes": {"i": {"type": "workflow:inner@000000000000", "in": {"a": {"input": "p"}, "b": {"input": "qs"}}},
                          "g": {"type": "t/all", "version": 1, "in": {"texts": {"node": "i", "out": "o"}}}},
                "outputs": {"o": {"node": "i", "out": "o"}, "all": {"node": "g", "out": "out"}}\
                """);
        String given = "\"p\": {\"value\": [\"x\", \"y\"]}, \"qs\": {\"value\": [\"1\", \"2\"]}";
        assertThat(value(around("outer", given, "o"))).isEqualTo(List.of(List.of("x+1", "x+2"), List.of("y+1", "y+2")));
        assertThat(value(around("outer", given, "all"))).isEqualTo(List.of("[x+1, x+2]", "[y+1, y+2]"));
    }

    @Test
    void a_workflow_given_values_to_sweep_runs_for_each_of_them() throws Exception {
        String pair =
                """
                "inputs": {"p": {"type": "text"}},
                "nodes": {"g": {"type": "t/all", "version": 1, "in": {"texts": {"list": [{"input": "p"}, {"value": "z"}, {"input": "p"}]}}}},
                "outputs": {"o": {"node": "g", "out": "out"}}\
                """;
        assertThat(value(pair, "{\"p\": [\"x\", \"y\"]}")).isEqualTo(List.of("[x, z, x]", "[y, z, y]"));
    }

    @Test
    void lists_that_multiply_beyond_measure_fail_by_name() throws Exception {
        store(
                "many",
                """
                "inputs": {"p": {"type": "text"}, "qs": {"type": {"list": "text"}}},
                "nodes": {"j": {"type": "t/join", "version": 1, "in": {"a": {"input": "p"}, "b": {"input": "qs"}}}},
                "outputs": {"o": {"node": "j", "out": "out"}}\
                """);
        String list = "[" + "\"x\",".repeat(399) + "\"x\"]";
        RunResult result =
                run(around("many", "\"p\": {\"value\": %s}, \"qs\": {\"value\": %s}".formatted(list, list), "o"), "{}");
        assertThat(result.problems().stream().map(Problem::code)).containsExactly("engine/too-many-elements");
    }

    @Test
    void a_record_is_written_as_an_object_of_its_fields() throws Exception {
        String say =
                """
                "nodes": {"s": {"type": "t/say", "version": 1, "in": {"look": {"value": %s}}}},
                "outputs": {"o": {"node": "s", "out": "out"}}\
                """;
        assertThat(value(say.formatted("{\"word\": \"soft\", \"sizes\": [1, 2]}")))
                .isEqualTo("{word=soft, sizes=[1, 2]}");
        assertThat(value(say.formatted("[{\"word\": \"a\", \"sizes\": []}, {\"sizes\": [3], \"word\": \"b\"}]")))
                .isEqualTo(List.of("{word=a, sizes=[]}", "{word=b, sizes=[3]}"));
        assertThat(
                        value(
                                """
                                "inputs": {"l": {"type": "t/look", "default": {"word": "d", "sizes": []}}},
                                "nodes": {"s": {"type": "t/say", "version": 1, "in": {"look": {"input": "l"}}}},
                                "outputs": {"o": {"node": "s", "out": "out"}}\
                                """))
                .isEqualTo("{word=d, sizes=[]}");
    }

    @Test
    void a_record_with_a_missing_unknown_or_wrong_field_is_refused() {
        for (String[] wrong :
                new String[][] {
                    {"{\"word\": \"soft\"}", "The field \"sizes\" of t/look is missing."},
                    {"{\"word\": \"soft\", \"sizes\": [], \"x\": 1}", "t/look has no field \"x\"."},
                    {"{\"word\": 5, \"sizes\": []}", "Field \"word\" of t/look: text is needed, 5 is given."},
                    {
                        "{\"word\": [\"a\"], \"sizes\": []}",
                        "Field \"word\" of t/look: text is needed, an array of 1 is given."
                    },
                    {"\"soft\"", "t/look is needed, \"soft\" is given."}
                }) {
            List<Problem> problems =
                    new Planner(library, _ -> Optional.empty(), Limits.DEFAULT)
                            .validate(
                                    document(
                                            """
                                            "nodes": {"s": {"type": "t/say", "version": 1, "in": {"look": {"value": %s}}}},
                                            "outputs": {"o": {"node": "s", "out": "out"}}\
                                            """
                                                    .formatted(wrong[0])));
            assertThat(problems)
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.message()).isEqualTo(wrong[1]));
        }
    }
}
