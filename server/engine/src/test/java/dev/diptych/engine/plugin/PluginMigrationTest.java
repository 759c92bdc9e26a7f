// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.DoubleNode;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.graph.Migrations;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Documents of older versions, brought forward by the migrations of a plugin.
final class PluginMigrationTest {
    private static final String TONE =
            """
            package probe;
            import dev.diptych.api.node.*;
            @org.pf4j.Extension
            @NodeType(id = "probe/tone", formerly = "probe/sound", version = 4, title = "T", group = "G")
            public class Tone implements Node<Tone.In, Tone.Out> {
                public record In(double level, String name) {}
                public record Out(String tone, String echo) {}
                @Override public Out run(In in, NodeContext context) { return new Out("", ""); }
                @MigratesFrom(1) static void percentToFraction(NodeDocument node) {
                    node.number("percent").ifPresent(percent -> node.set("percent", percent / 100));
                    node.rename("percent", "level");
                    node.remove("loud");
                }
                @MigratesFrom(2) static void outputs(NodeDocument node) {
                    node.renameOutput("sound", "note");
                    if (!node.has("name")) {
                        node.set("name", "none");
                    }
                }
                @MigratesFrom(3) static void again(NodeDocument node) { node.renameOutput("note", "tone"); }
            }
            """;
    private static final String OLD =
            """
            package probe;
            import dev.diptych.api.node.*;
            @org.pf4j.Extension
            @NodeType(id = "probe/%s", version = 2, title = "T", group = "G")
            public class Old%1$s implements Node<Old%1$s.In, Old%1$s.Out> {
                public record In(String mode) {}
                public record Out(String sound) {}
                @Override public Out run(In in, NodeContext context) { return new Out(""); }
                @MigratesFrom(1) static void migrate(NodeDocument node) { %s }
            }
            """;

    @TempDir private Path checkout;

    @TempDir private Path data;

    private PluginHost host;

    @BeforeEach
    void open() throws IOException {
        new PluginSource("probe")
                .java(TONE)
                .java(
                        OLD.formatted(
                                "moved",
                                "if (node.text(\"mode\").equals(java.util.Optional.of(\"tone\"))) { node.renameType(\"probe/tone\", 2); }"))
                .java(OLD.formatted("throws", "throw new IllegalStateException(\"no\");"))
                .java(OLD.formatted("loops", "node.renameType(\"probe/loops\", 1);"))
                .compileTo(checkout.resolve("plugins/probe/target/classes"));
        host = PluginHost.open(new PluginFolders(checkout, data, "0.1.0"));
        assertThat(host.all()).hasSize(4);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private Migrations.Upgraded upgraded(String nodes) {
        String document =
                "{\"diptych\": 1, \"name\": \"old\", \"nodes\": {"
                        + nodes
                        + "}, \"outputs\": {\"out\": {\"node\": \"a\", \"out\": \"sound\"}}}";
        return new Migrations(host).upgrade(new WorkflowReader().read(document));
    }

    private static WorkflowDocument.Node node(Migrations.Upgraded upgraded, String id) {
        WorkflowDocument.Node node = upgraded.document().nodes().get(id);
        assertThat(node).isNotNull();
        return node;
    }

    @Test
    void renamed_inputs_and_outputs_take_their_links_along() {
        Migrations.Upgraded upgraded =
                upgraded(
                        """
                        "a": {"type": "probe/tone", "version": 1, "in": {"percent": {"value": 50}, "loud": {"value": true}}},
                        "b": {"type": "probe/tone", "version": 1, "in": {"percent": {"input": "level"}, "name": {"node": "a", "out": "sound"}}},
                        "c": {"type": "probe/tone", "version": 3, "in": {"name": {"list": [{"node": "a", "out": "sound"}, {"node": "b", "out": "echo"}]}}}
                        """);

        assertThat(node(upgraded, "a").version()).isEqualTo(4);
        assertThat(node(upgraded, "a").in()).containsOnlyKeys("level", "name");
        assertThat(node(upgraded, "a").in().get("level"))
                .hasToString(new Binding.Literal(new DoubleNode(0.5)).toString());
        assertThat(node(upgraded, "b").in().get("level")).isEqualTo(new Binding.Input("level"));
        assertThat(node(upgraded, "b").in().get("name")).isEqualTo(new Binding.Link("a", "tone"));
        assertThat(node(upgraded, "c").in().get("name"))
                .isEqualTo(new Binding.ListOf(List.of(new Binding.Link("a", "tone"), new Binding.Link("b", "echo"))));
        assertThat(upgraded.document().outputs().get("out")).isEqualTo(new Binding.Link("a", "tone"));
        assertThat(upgraded.notices())
                .extracting(Problem::code)
                .containsExactly("engine/migrated", "engine/migrated", "engine/migrated");
    }

    @Test
    void a_type_that_has_another_name_now_is_read_as_the_new_one_and_its_migrations_count_on() {
        Migrations.Upgraded upgraded =
                upgraded("\"a\": {\"type\": \"probe/sound\", \"version\": 2, \"in\": {\"level\": {\"value\": 1}}}");

        assertThat(node(upgraded, "a").type()).isEqualTo("probe/tone");
        assertThat(node(upgraded, "a").version()).isEqualTo(4);
        assertThat(node(upgraded, "a").in()).containsOnlyKeys("level", "name");
        assertThat(upgraded.document().outputs().get("out")).isEqualTo(new Binding.Link("a", "tone"));
    }

    @Test
    void a_migration_may_make_a_node_one_of_another_type_whose_migrations_go_on() {
        Migrations.Upgraded upgraded =
                upgraded(
                        """
                        "a": {"type": "probe/moved", "version": 1, "in": {"mode": {"value": "tone"}}},
                        "b": {"type": "probe/moved", "version": 1, "in": {"mode": {"value": "other"}}}
                        """);

        assertThat(node(upgraded, "a").type()).isEqualTo("probe/tone");
        assertThat(node(upgraded, "a").version()).isEqualTo(4);
        assertThat(upgraded.document().outputs().get("out")).isEqualTo(new Binding.Link("a", "tone"));
        assertThat(node(upgraded, "b").type()).isEqualTo("probe/moved");
        assertThat(node(upgraded, "b").version()).isEqualTo(2);
    }

    @Test
    void a_node_that_no_migration_can_bring_forward_stays_as_it_is_and_is_reported() {
        Migrations.Upgraded upgraded =
                upgraded(
                        """
                        "a": {"type": "probe/throws", "version": 1, "in": {"mode": {"value": "x"}}},
                        "b": {"type": "probe/loops", "version": 1, "in": {"mode": {"value": "x"}}},
                        "c": {"type": "elsewhere/node", "version": 1, "in": {"mode": {"value": "x"}}}
                        """);

        assertThat(node(upgraded, "a").version()).isEqualTo(1);
        assertThat(node(upgraded, "b").version()).isEqualTo(1);
        assertThat(node(upgraded, "c").type()).isEqualTo("elsewhere/node");
        assertThat(upgraded.notices())
                .extracting(Problem::code)
                .containsExactly("engine/no-migration", "engine/no-migration", "engine/unknown-node-type");
    }
}
