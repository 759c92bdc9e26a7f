// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

final class WorkflowDocumentProperties {
    private static final List<String> WORDS =
            List.of(
                    "diptych",
                    "name",
                    "title",
                    "inputs",
                    "nodes",
                    "outputs",
                    "layout",
                    "type",
                    "version",
                    "in",
                    "value",
                    "input",
                    "node",
                    "out",
                    "list",
                    "options",
                    "default",
                    "min",
                    "max",
                    "step",
                    "image",
                    "choice",
                    "plugin/name",
                    "x",
                    "");

    private final WorkflowReader reader = new WorkflowReader();

    @Property(tries = 300)
    void what_is_written_reads_as_an_equal_document(@ForAll("documents") WorkflowDocument document) {
        WorkflowDocument again = reader.read(new WorkflowWriter().write(document));
        assertThat(again).isEqualTo(document);
        assertThat(Revision.of(again)).isEqualTo(Revision.of(document));
    }

    @Property(tries = 300)
    void text_is_read_or_refused_with_problems(@ForAll String text) {
        readOrRefuse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Property(tries = 300)
    void bytes_are_read_or_refused_with_problems(@ForAll byte[] bytes) {
        readOrRefuse(bytes);
    }

    @Property(tries = 500)
    void json_with_the_words_of_a_document_in_wrong_places_is_refused_with_problems(@ForAll("shuffled") JsonNode json) {
        readOrRefuse(json.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        ObjectNode begun = JsonNodeFactory.instance.objectNode().put("diptych", 1).put("name", "x");
        begun.set("nodes", json);
        begun.set("inputs", json);
        readOrRefuse(begun.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void readOrRefuse(byte[] bytes) {
        try {
            WorkflowDocument document = reader.read(bytes);
            assertThat(reader.read(new WorkflowWriter().write(document))).isEqualTo(document);
        } catch (DocumentException e) {
            assertThat(e.problems()).isNotEmpty().allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
        }
    }

    @Provide
    Arbitrary<JsonNode> shuffled() {
        return shuffled(4);
    }

    private static Arbitrary<JsonNode> shuffled(int depth) {
        Arbitrary<JsonNode> leaf = literals();
        if (depth == 0) {
            return leaf;
        }
        Arbitrary<JsonNode> inner = Arbitraries.lazy(() -> shuffled(depth - 1));
        Arbitrary<JsonNode> object =
                Arbitraries.maps(Arbitraries.of(WORDS), inner)
                        .ofMaxSize(4)
                        .map(fields -> JsonNodeFactory.instance.objectNode().setAll(fields));
        Arbitrary<JsonNode> array =
                inner.list().ofMaxSize(3).map(elements -> JsonNodeFactory.instance.arrayNode().addAll(elements));
        return Arbitraries.oneOf(leaf, object, object, array);
    }

    @Provide
    Arbitrary<WorkflowDocument> documents() {
        Arbitrary<String> texts = texts(12);
        Arbitrary<SequencedMap<String, WorkflowDocument.Input>> inputs =
                named(
                        Combinators.combine(types(), texts, literals().injectNull(0.3), ranges().injectNull(0.5))
                                .as((type, text, value, range) ->
                                        new WorkflowDocument.Input(type, text, text, value, range)));
        Arbitrary<SequencedMap<String, WorkflowDocument.Node>> nodes =
                named(
                        Combinators.combine(
                                        Arbitraries.of("a/b", "image/blur", "workflow:soft@0123456789ab"),
                                        Arbitraries.integers().between(1, 9),
                                        named(bindings(2)))
                                .as(WorkflowDocument.Node::new));
        return Combinators.combine(texts, texts, inputs, nodes, named(bindings(2)), literals().injectNull(0.5))
                .as((title, description, in, node, out, layout) ->
                        new WorkflowDocument(
                                1,
                                "x",
                                title,
                                description,
                                in,
                                node,
                                out,
                                layout == null ? null : JsonNodeFactory.instance.objectNode().set("at", layout)));
    }

    private static <T> Arbitrary<SequencedMap<String, T>> named(Arbitrary<T> values) {
        Arbitrary<String> names = Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(5);
        return Arbitraries.maps(names, values).ofMaxSize(4).map((Map<String, T> map) -> new LinkedHashMap<>(map));
    }

    /// Whole characters only: half a surrogate pair is refused.
    private static Arbitrary<String> texts(int maxLength) {
        return Arbitraries.strings()
                .ofMaxLength(maxLength)
                .filter(text -> text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff));
    }

    private static Arbitrary<JsonNode> literals() {
        return Arbitraries.oneOf(
                Arbitraries.of(WORDS).map(TextNode::valueOf),
                texts(8).map(TextNode::valueOf),
                Arbitraries.integers().map(IntNode::valueOf),
                Arbitraries.doubles().map(DoubleNode::valueOf),
                Arbitraries.of(true, false).map(BooleanNode::valueOf),
                Arbitraries.just(NullNode.instance));
    }

    private static Arbitrary<PortType> types() {
        Arbitrary<PortType> leaves =
                Arbitraries.oneOf(
                        Arbitraries.of(PortType.Basic.values()).map(type -> (PortType) type),
                        Arbitraries.just(new PortType.Choice(List.of("a", "b"))),
                        Arbitraries.just(new PortType.Declared("color/palette", List.of())));
        return Combinators.combine(leaves, Arbitraries.of(true, false))
                .as((leaf, isList) -> isList ? new PortType.ListOf(leaf) : leaf);
    }

    private static Arbitrary<PortSchema.Bounds> ranges() {
        return Combinators.combine(
                        Arbitraries.of(Double.NEGATIVE_INFINITY, -1.0, 0.25),
                        Arbitraries.of(1.0, 1e300, 0.3),
                        Arbitraries.of(0.0, 0.1))
                .as(PortSchema.Bounds::new);
    }

    private static Arbitrary<Binding> bindings(int depth) {
        Arbitrary<Binding> leaf =
                Arbitraries.oneOf(
                        literals().map(Binding.Literal::new),
                        texts(5).map(Binding.Input::new),
                        texts(5).map(name -> new Binding.Link(name, "o")));
        return depth == 0
                ? leaf
                : Arbitraries.oneOf(
                        leaf, Arbitraries.lazy(() -> bindings(depth - 1)).list().ofMaxSize(3).map(Binding.ListOf::new));
    }
}
