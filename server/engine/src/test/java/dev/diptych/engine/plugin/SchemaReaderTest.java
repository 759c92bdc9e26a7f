// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.MigratesFrom;
import dev.diptych.api.node.Multiline;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeDocument;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.node.SameForAll;
import dev.diptych.api.node.ValueType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The nested classes are nodes as authors write them, most of them with a mistake.
final class SchemaReaderTest {
    public record Out(String text) {}

    /// What all nodes here have in common.
    public abstract static class Silent<I extends Record, O extends Record> implements Node<I, O> {
        @Override
        public O run(I in, NodeContext context) {
            throw new UnsupportedOperationException();
        }
    }

    private static NodeSchema read(Class<?> type) {
        return SchemaReader.read(type, "probe", "digest");
    }

    private static void assertMistakes(Class<?> type, String... mistakes) {
        assertThatThrownBy(() -> read(type))
                .isInstanceOf(SchemaException.class)
                .satisfies(e ->
                        assertThat(((SchemaException) e).mistakes())
                                .containsExactly(
                                        List.of(mistakes).stream()
                                                .map(mistake -> type.getName() + ", " + mistake)
                                                .toArray(String[]::new)));
    }

    public enum Mode {
        PLAIN,
        SOFT_LIGHT
    }

    @ValueType(id = "probe/place", title = "Place")
    public record Place(double x, double y) {}

    @NodeType(id = "probe/whole", version = 2, title = "Whole", group = "Probe/All", description = "Shows all.")
    public static final class Whole extends Silent<Whole.In, Whole.Out> {
        public record In(
                @Help("The picture") Image image,
                @Range(min = 0, max = 1, step = 0.1) @Default("0.5") double strength,
                @Range(min = 1, max = 9) List<Integer> sizes,
                @Default("soft-light") Mode mode,
                @Default("18446744073709551615") @SameForAll Seed seed,
                @Multiline @Default("") String caption,
                Optional<Mask> where,
                Place place) {}

        public record Out(Image image, List<Place> places) {}

        @MigratesFrom(1)
        static void same(NodeDocument node) {}
    }

    @Test
    void reads_the_records_as_the_schema() {
        NodeSchema schema = read(Whole.class);

        assertThat(schema.type()).isEqualTo("probe/whole");
        assertThat(schema.version()).isEqualTo(2);
        assertThat(schema.title()).isEqualTo("Whole");
        assertThat(schema.group()).isEqualTo("Probe/All");
        assertThat(schema.description()).isEqualTo("Shows all.");
        assertThat(schema.pluginId()).isEqualTo("probe");
        assertThat(schema.pluginDigest()).isEqualTo("digest");
        Map<String, PortSchema> in = schema.inputs();
        assertThat(in.keySet())
                .containsExactly("image", "strength", "sizes", "mode", "seed", "caption", "where", "place");
        assertThat(in.get("image").help()).isEqualTo("The picture");
        assertThat(in.get("strength").range()).isEqualTo(new PortSchema.Bounds(0, 1, 0.1));
        assertThat(in.get("strength").defaultValue()).hasToString("0.5");
        assertThat(in.get("sizes").type()).isEqualTo(new PortType.ListOf(PortType.Basic.INTEGER));
        assertThat(in.get("mode").type()).isEqualTo(new PortType.Choice(List.of("plain", "soft-light")));
        assertThat(in.get("seed").defaultValue()).hasToString("\"18446744073709551615\"");
        assertThat(in.get("seed").isSameForAll()).isTrue();
        assertThat(in.get("caption").isMultiline()).isTrue();
        assertThat(in.get("where").isOptional()).isTrue();
        assertThat(in.get("where").type()).isEqualTo(PortType.Basic.MASK);
        assertThat(schema.outputs().get("places").type())
                .isEqualTo(
                        new PortType.ListOf(
                                new PortType.Declared(
                                        "probe/place",
                                        List.of(
                                                new PortType.Declared.Field("x", PortType.Basic.NUMBER),
                                                new PortType.Declared.Field("y", PortType.Basic.NUMBER)))));
    }

    @NodeType(id = "probe/twice", title = "T", group = "G")
    public static final class Twice extends Silent<Twice.In, Out> {
        public record In(double size, double Size) {}
    }

    @Test
    void refuses_two_ports_of_one_name() {
        assertMistakes(
                Twice.class,
                "In.Size: another port has the same name, but for capitals; give one of the two another name.");
    }

    @NodeType(id = "probe/defaults", title = "T", group = "G")
    public static final class Defaults extends Silent<Defaults.In, Out> {
        public record In(
                @Range(min = 0, max = 1) @Default("1.5") double strength,
                @Default("much") int count,
                @Default("loud") Mode mode,
                @Default("3") Optional<Integer> perhaps,
                @Default("NaN") double number,
                @Default("yes") boolean flag) {}
    }

    @Test
    void refuses_defaults_that_the_port_would_refuse_and_tells_all_of_them() {
        assertMistakes(
                Defaults.class,
                "In.strength: @Default(\"1.5\") is outside 0.0 … 1.0; move one of them.",
                "In.count: @Default(\"much\") is no integer; write a value of that type, or remove it.",
                "In.mode: @Default(\"loud\") is no choice; use one of plain, soft-light.",
                "In.perhaps: it is Optional and has a @Default; keep one of the two.",
                "In.number: @Default(\"NaN\") is no number; write a value of that type, or remove it.",
                "In.flag: @Default(\"yes\") is no boolean; write a value of that type, or remove it.");
    }

    @NodeType(id = "probe/hints", title = "T", group = "G")
    public static final class Hints extends Silent<Hints.In, Out> {
        public record In(
                @Range(min = 1, max = 0) double empty,
                @Range(min = 1) String word,
                @SameForAll int number,
                @Multiline Seed seed) {}
    }

    @Test
    void refuses_hints_that_do_not_fit_the_type() {
        assertMistakes(
                Hints.class,
                "In.empty: @Range from 1.0 to 0.0 is empty; put the smaller one first.",
                "In.word: @Range is for numbers, this is text; remove it.",
                "In.number: @SameForAll is for seeds, this is integer; remove it.",
                "In.seed: @Multiline is for text, this is seed; remove it.");
    }

    @ValueType(id = "probe/tree", title = "Tree")
    public record Tree(String name, List<Tree> children) {}

    @NodeType(id = "probe/types", title = "T", group = "G")
    public static final class Types extends Silent<Types.In, Types.Odd> {
        public record In(Object thing, Tree tree, List<?> list) {}

        public record Odd(Optional<String> perhaps, Thread thread) {}
    }

    @Test
    void refuses_ports_without_a_type_of_the_language() {
        assertMistakes(
                Types.class,
                "In.thing: a port cannot have the type java.lang.Object; use " + PortTypes.ALLOWED + ".",
                "In.tree: a port cannot have the type " + Tree.class.getName() + "; use " + PortTypes.ALLOWED + ".",
                "In.list: a port cannot have the type java.util.List<?>; use " + PortTypes.ALLOWED + ".",
                "Odd.perhaps: an output cannot be optional; always give a value.",
                "Odd.thread: a port cannot have the type java.lang.Thread; use " + PortTypes.ALLOWED + ".");
    }

    @NodeType(id = "probe/nothing", title = "T", group = "G")
    public static final class Nothing extends Silent<Nothing.In, Nothing.None> {
        public record In() {}

        public record None() {}
    }

    @Test
    void refuses_a_node_that_gives_nothing() {
        assertMistakes(Nothing.class, "outputs: there are none; give the record of outputs at least one component.");
    }

    @NodeType(id = "Probe", version = 0, title = "T", group = "G", formerly = "probe")
    static final class Hidden extends Silent<Hidden.In, Out> {
        record In() {}

        Hidden(String argument) {}
    }

    @NodeType(id = "probe/private", title = "T", group = "G")
    public static final class PrivateConstructor extends Silent<Hidden.In, Out> {
        private PrivateConstructor() {}
    }

    @NodeType(id = "probe/abstract", title = "T", group = "G")
    public abstract static class Abstract extends Silent<Hidden.In, Out> {}

    @NodeType(id = "probe/open", title = "T", group = "G")
    public static final class Open<I extends Record> extends Silent<I, Out> {}

    public static final class Untyped extends Silent<Hidden.In, Out> {}

    @Test
    void refuses_a_class_that_cannot_be_made_or_named() {
        assertMistakes(
                Hidden.class,
                "@NodeType: id \"Probe\" is not plugin/name; use lower case, digits and hyphens on both sides of one slash.",
                "@NodeType: formerly \"probe\" is no other plugin/name; write the id that older documents have, or remove it.",
                "@NodeType: version 0 is below 1; count versions from 1.",
                "class: it cannot be made; make it public, and not abstract.",
                "constructor: none is without parameters; add a public one that is; a node keeps no state.");
        assertMistakes(PrivateConstructor.class, "constructor: it cannot be called; make it public.");
        assertMistakes(Abstract.class, "class: it cannot be made; make it public, and not abstract.");
        assertMistakes(
                Open.class, "class: it does not say its two records; implement Node<In, Out> with two record classes.");
        assertThatThrownBy(() -> read(Untyped.class))
                .hasMessage(Untyped.class.getName() + " is a node without @NodeType: add id, title and group.");
    }

    @NodeType(id = "probe/migrations", version = 4, title = "T", group = "G")
    public static final class Migrations extends Silent<Hidden.In, Out> {
        @MigratesFrom(1)
        void notStatic(NodeDocument node) {}

        @MigratesFrom(4)
        static void tooNew(NodeDocument node) {}
    }

    @Test
    void refuses_migrations_that_cannot_be_called_and_gaps_between_them() {
        assertThatThrownBy(() -> read(Migrations.class))
                .hasMessageContaining(
                        "notStatic: it cannot migrate; declare it as static void notStatic(NodeDocument node).")
                .hasMessageContaining(
                        "tooNew: @MigratesFrom(4) has no place below version 4; have one migration for each older version.")
                .hasMessageContaining("@NodeType: version 4 has no migration from version 2; ")
                .hasMessageContaining(
                        "version 4 has no migration from version 3; add a static method with @MigratesFrom(3), empty if the ports stayed the same.")
                .hasMessageNotContaining("from version 1;");
    }
}
