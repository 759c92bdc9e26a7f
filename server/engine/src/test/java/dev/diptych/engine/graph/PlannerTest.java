// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.TextNode;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

final class PlannerTest {
    private static final PortType IMAGE = PortType.Basic.IMAGE;

    private final TestCatalog catalog = TestCatalog.filled();
    private final Planner planner = new Planner(catalog, _ -> Optional.empty(), Limits.DEFAULT);

    private static WorkflowDocument document(String inputs, String nodes, String outputs) {
        return new WorkflowReader()
                .read(
                        "{\"diptych\": 1, \"name\": \"x\", \"inputs\": {"
                                + inputs
                                + "}, \"nodes\": {"
                                + nodes
                                + "}, \"outputs\": {"
                                + outputs
                                + "}}");
    }

    private static String node(String id, String type, String in) {
        return "\"" + id + "\": {\"type\": \"" + type + "\", \"version\": 1, \"in\": {" + in + "}}";
    }

    private static String link(String port, String node, String out) {
        return "\"" + port + "\": {\"node\": \"" + node + "\", \"out\": \"" + out + "\"}";
    }

    private List<String> problems(WorkflowDocument document) {
        return planner.validate(document).stream().map(Problem::text).toList();
    }

    private List<String> refusal(WorkflowDocument document, Set<String> outputs) {
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> planner.plan(document, outputs));
        assertThat(refused).isNotNull();
        return refused.problems().stream().map(Problem::text).toList();
    }

    @Test
    void plans_only_what_the_requested_outputs_need_and_in_order() {
        WorkflowDocument document =
                document(
                        "\"image\": {\"type\": \"image\"}",
                        String.join(
                                ",",
                                node("second", "image/blur", link("image", "first", "image")),
                                node("first", "image/blur", "\"image\": {\"input\": \"image\"}"),
                                node("unneeded", "image/size", link("image", "first", "image"))),
                        link("a", "second", "image") + "," + link("b", "unneeded", "width"));
        Plan plan = planner.plan(document, Set.of("a"));
        assertThat(plan.nodes().stream().map(Plan.Step::id)).containsExactly("first", "second");
        assertThat(plan.inputs()).containsExactly(Map.entry("image", IMAGE));
        assertThat(plan.outputs().get("a"))
                .isEqualTo(new Plan.Output(new Plan.Source.FromStep(1, "image", IMAGE), IMAGE));
        assertThat(plan.nodes().getFirst().inputs().get("amount"))
                .as("the default stands in")
                .isInstanceOf(Plan.Source.Constant.class);
        assertThat(planner.plan(document, Set.of()).nodes()).hasSize(3);
    }

    @Test
    void a_broken_node_that_nothing_needs_does_not_stop_a_run_but_is_told_by_validation() {
        WorkflowDocument document =
                document(
                        "",
                        node("a", "image/noise", "\"seed\": {\"value\": 1}") + "," + node("b", "image/blur", ""),
                        link("o", "a", "image"));
        assertThat(planner.plan(document, Set.of()).nodes()).hasSize(1);
        assertThat(problems(document))
                .containsExactly(
                        "node \"b\" (image/blur), \"image\": image is needed, nothing is given. Link it, or write a value.");
    }

    @Test
    void names_both_types_and_what_could_be_inserted() {
        WorkflowDocument document =
                document(
                        "\"image\": {\"type\": \"image\"}",
                        node(
                                        "z",
                                        "clip/encode",
                                        "\"model\": {\"value\": \"portraits/unclip\"}, \"image\": {\"input\": \"image\"}")
                                + ","
                                + node("large", "image/blur", link("image", "z", "embedding")),
                        link("o", "large", "image"));
        assertThat(problems(document))
                .containsExactly(
                        "node \"large\" (image/blur), \"image\": image is needed, node \"z\" gives embedding. Insert clip/decode.");
    }

    @Test
    void tells_every_wrong_literal_with_what_is_allowed() {
        WorkflowDocument document =
                document(
                        "",
                        String.join(
                                ",",
                                node(
                                        "a",
                                        "image/blur",
                                        "\"image\": {\"value\": \"asset:image/../../etc/passwd\"}, \"amount\": {\"value\": 1.4}"),
                                node("b", "image/noise", "\"seed\": {\"value\": \"18446744073709551616\"}"),
                                node(
                                        "c",
                                        "image/blend",
                                        link("a", "a", "image")
                                                + ","
                                                + link("b", "b", "image")
                                                + ", \"mode\": {\"value\": \"multipy\"}"),
                                node("d", "text/join", "\"a\": {\"value\": 5}"),
                                node(
                                        "e",
                                        "clip/encode",
                                        link("image", "a", "image") + ", \"model\": {\"value\": \"../x\"}")),
                        "");
        assertThat(problems(document))
                .hasSize(6)
                .anySatisfy(text -> assertThat(text).contains("node \"a\"", "\"amount\": 1.4 is outside 0 … 1."))
                .anySatisfy(text ->
                        assertThat(text).contains("image is needed", "etc/passwd", "is no asset", "asset:plugin/path"))
                .anySatisfy(text -> assertThat(text).contains("more than 64 bits"))
                .anySatisfy(text ->
                        assertThat(text)
                                .contains(
                                        "\"multipy\" is none of \"normal\", \"multiply\"",
                                        "Did you mean \"multiply\"?"))
                .anySatisfy(text -> assertThat(text).contains("text is needed, 5 is given."))
                .anySatisfy(text -> assertThat(text).contains("model is needed, \"../x\" is no model's name"));
    }

    @Test
    void accepts_literals_of_each_kind() {
        String hash = "0123456789abcdef".repeat(4);
        WorkflowDocument document =
                document(
                        "",
                        String.join(
                                ",",
                                node(
                                        "a",
                                        "image/blur",
                                        "\"image\": {\"value\": \"asset:" + hash + "\"}, \"amount\": {\"value\": 1}"),
                                node("b", "image/noise", "\"seed\": {\"value\": \"18446744073709551615\"}"),
                                node(
                                        "c",
                                        "image/blend",
                                        link("a", "a", "image")
                                                + ", \"b\": {\"value\": \"asset:image/cats/lion 1.png\"}, \"mode\": {\"value\": \"normal\"}"),
                                node("d", "text/join", "\"a\": {\"value\": \"x\"}"),
                                node(
                                        "e",
                                        "clip/encode",
                                        link("image", "a", "image")
                                                + ", \"model\": {\"value\": {\"model\": \"portraits/unclip\", \"lora\": [{\"model\": \"l/x\", \"scale\": 0.5}]}}")),
                        "");
        assertThat(problems(document)).isEmpty();
    }

    @Test
    void a_text_link_may_feed_a_choice_and_a_whole_number_a_number_but_not_the_reverse() {
        TestCatalog more =
                TestCatalog.filled()
                        .node(
                                "image/crop",
                                1,
                                List.of(TestCatalog.port("width", PortType.Basic.INTEGER)),
                                TestCatalog.port("image", IMAGE));
        WorkflowDocument document =
                document(
                        "\"mode\": {\"type\": \"text\"}, \"n\": {\"type\": \"number\"}, \"i\": {\"type\": \"integer\"}, \"p\": {\"type\": \"image\"}",
                        String.join(
                                ",",
                                node(
                                        "a",
                                        "image/blend",
                                        "\"a\": {\"input\": \"p\"}, \"b\": {\"input\": \"p\"}, \"mode\": {\"input\": \"mode\"}"),
                                node(
                                        "b",
                                        "image/blur",
                                        "\"image\": {\"input\": \"p\"}, \"amount\": {\"input\": \"i\"}"),
                                node("c", "image/crop", "\"width\": {\"input\": \"n\"}")),
                        "");
        assertThat(new Planner(more, _ -> Optional.empty(), Limits.DEFAULT).validate(document))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.text())
                                .contains("node \"c\"", "integer is needed, the workflow's input \"n\" gives number."));
    }

    @Test
    void names_that_mean_nothing_are_told_with_the_nearest_one() {
        WorkflowDocument document =
                document(
                        "\"image\": {\"type\": \"image\"}",
                        String.join(
                                ",",
                                node(
                                        "blurred",
                                        "image/blur",
                                        "\"image\": {\"input\": \"imag\"}, \"amont\": {\"value\": 1}"),
                                node("b", "image/blur", link("image", "blured", "image")),
                                node("c", "image/blur", link("image", "b", "imgae")),
                                node("d", "unclip/upsample", ""),
                                node("e", "image/blurr", "")),
                        link("o", "nothing", "image"));
        assertThat(problems(document))
                .anySatisfy(text -> assertThat(text).contains("declares no input \"imag\". Did you mean \"image\"?"))
                .anySatisfy(text -> assertThat(text).contains("\"amont\"", "Did you mean \"amount\"?"))
                .anySatisfy(text -> assertThat(text).contains("no node \"blured\"", "Did you mean \"blurred\"?"))
                .anySatisfy(text -> assertThat(text).contains("has no output \"imgae\"", "Did you mean \"image\"?"))
                .anySatisfy(text -> assertThat(text).contains("(unclip/upsample)", "Install the plugin \"unclip\""))
                .anySatisfy(text ->
                        assertThat(text).contains("Did you mean \"image/blur\"?", "Update the plugin \"image\""))
                .anySatisfy(text -> assertThat(text).contains("no node \"nothing\""))
                .hasSize(7);
        assertThat(refusal(document, Set.of("p")))
                .containsExactly("\"p\": The workflow has no such output. Did you mean \"o\"?");
    }

    @Test
    void a_cycle_is_told_once_with_its_path() {
        WorkflowDocument document =
                document(
                        "",
                        String.join(
                                ",",
                                node("a", "image/blur", link("image", "b", "image")),
                                node("b", "image/blur", link("image", "c", "image")),
                                node("c", "image/blur", link("image", "a", "image"))),
                        link("o", "a", "image"));
        assertThat(problems(document))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("The node needs its own result: a → c → b → a."));
        assertThat(problems(document("", node("s", "image/blur", link("image", "s", "image")), "")).getFirst())
                .contains("s → s");
    }

    @Test
    void a_list_where_one_value_is_expected_maps_the_node_and_what_follows() {
        WorkflowDocument document =
                document(
                        "",
                        String.join(
                                ",",
                                node("noise", "image/noise", "\"seed\": {\"list\": [{\"value\": 1}, {\"value\": 2}]}"),
                                node(
                                        "blur",
                                        "image/blur",
                                        link("image", "noise", "image") + ", \"amount\": {\"value\": [0.1, 0.2]}"),
                                node("grid", "image/grid", link("images", "blur", "image")),
                                node("tiles", "image/tiles", link("image", "blur", "image"))),
                        link("one", "grid", "image") + "," + link("many", "tiles", "images"));
        Plan plan = planner.plan(document, Set.of());
        assertThat(plan.nodes().stream().map(step -> step.id() + ' ' + step.depth()))
                .containsExactly("noise 1", "blur 1", "grid 0", "tiles 1");
        assertThat(plan.outputs().get("one").type()).isEqualTo(IMAGE);
        assertThat(plan.outputs().get("many").type()).isEqualTo(new PortType.ListOf(new PortType.ListOf(IMAGE)));
    }

    @Test
    void a_single_value_for_a_list_and_an_uneven_list_are_told() {
        WorkflowDocument document =
                document(
                        "\"a\": {\"type\": \"image\"}, \"b\": {\"type\": {\"list\": \"image\"}}",
                        node("g", "image/grid", "\"images\": {\"input\": \"a\"}")
                                + ","
                                + node(
                                        "h",
                                        "image/grid",
                                        "\"images\": {\"list\": [{\"input\": \"a\"}, {\"input\": \"b\"}]}"),
                        "");
        assertThat(problems(document))
                .anySatisfy(
                        text -> assertThat(text).contains("list of image is needed", "gives image", "Put it in a list"))
                .anySatisfy(text -> assertThat(text).contains("single values beside lists"))
                .hasSize(2);
    }

    @Test
    void a_given_list_runs_the_workflow_for_each() {
        WorkflowDocument document =
                document(
                        "\"seed\": {\"type\": \"seed\", \"default\": 1}",
                        node("n", "image/noise", "\"seed\": {\"input\": \"seed\"}"),
                        link("o", "n", "image"));
        Plan plan = planner.plan(document, Set.of(), Map.of("seed", new PortType.ListOf(PortType.Basic.SEED)));
        assertThat(plan.nodes().getFirst().depth()).isEqualTo(1);
        assertThat(plan.outputs().get("o").type()).isEqualTo(new PortType.ListOf(IMAGE));
    }

    @Test
    void an_output_may_gather_several_results_but_be_no_constant() {
        WorkflowDocument document =
                document(
                        "",
                        node("a", "image/noise", "\"seed\": {\"value\": 1}")
                                + ","
                                + node("b", "image/noise", "\"seed\": {\"value\": 2}"),
                        "\"all\": {\"list\": [{\"node\": \"a\", \"out\": \"image\"}, {\"node\": \"b\", \"out\": \"image\"}]}, \"five\": {\"value\": 5}");
        assertThat(planner.plan(document, Set.of("all")).outputs().get("all").type())
                .isEqualTo(new PortType.ListOf(IMAGE));
        assertThat(refusal(document, Set.of()))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("\"five\": A value is written"));
    }

    @Test
    void a_default_that_breaks_its_own_declaration_is_told() {
        assertThat(problems(document("\"t\": {\"type\": \"number\", \"default\": 2, \"max\": 1}", "", "")))
                .containsExactly("\"t\": The default does not fit: 2 is above 1. Write a number in the range.");
    }

    @Test
    void old_nodes_are_brought_forward_and_links_follow_renamed_outputs() {
        catalog.migration(
                "image/soften",
                1,
                old ->
                        new NodeCatalog.MigratedNode(
                                new WorkflowDocument.Node("image/blur", 1, old.in()), Map.of("result", "image")));
        WorkflowDocument document =
                document(
                        "\"p\": {\"type\": \"image\"}",
                        node("s", "image/soften", "\"image\": {\"input\": \"p\"}")
                                + ","
                                + node(
                                        "t",
                                        "image/grid",
                                        "\"images\": {\"list\": [{\"node\": \"s\", \"out\": \"result\"}]}"),
                        link("o", "s", "result") + "," + link("g", "t", "image"));
        Migrations.Upgraded upgraded = new Migrations(catalog).upgrade(document);
        assertThat(upgraded.document().nodes().get("s").type()).isEqualTo("image/blur");
        assertThat(upgraded.document().outputs().get("o")).isEqualTo(new Binding.Link("s", "image"));
        assertThat(upgraded.notices())
                .singleElement()
                .satisfies(notice -> assertThat(notice.text()).contains("read as image/blur version 1"));
        assertThat(planner.plan(document, Set.of()).nodes().stream().map(Plan.Step::id)).containsExactly("s", "t");
    }

    @Test
    void nodes_that_cannot_be_brought_forward_stay_in_the_document() {
        catalog.node("image/old", 3, List.of(), TestCatalog.port("image", IMAGE));
        WorkflowDocument document =
                document(
                        "",
                        node("a", "image/old", "\"x\": {\"value\": 1}")
                                + ","
                                + node("b", "gone/away", "\"y\": {\"value\": 2}"),
                        "");
        Migrations.Upgraded upgraded = new Migrations(catalog).upgrade(document);
        assertThat(upgraded.document()).isEqualTo(document);
        assertThat(upgraded.notices().stream().map(Problem::text))
                .anySatisfy(text ->
                        assertThat(text).contains("Version 1 is given, version 3 is installed, and no migration"))
                .anySatisfy(text -> assertThat(text).contains("Install the plugin \"gone\""));
        assertThat(problems(document)).anySatisfy(text -> assertThat(text).contains("no migration leads there"));
    }

    @Test
    void twenty_thousand_unknown_nodes_are_counted_and_a_hundred_told() {
        LinkedHashMap<String, WorkflowDocument.Node> nodes = new LinkedHashMap<>();
        for (int i = 0; i < 20_000; i++) {
            nodes.put("n" + i, new WorkflowDocument.Node("gone/away" + i, 1, new LinkedHashMap<>()));
        }
        WorkflowDocument unknown =
                new WorkflowDocument(1, "x", "", "", new LinkedHashMap<>(), nodes, new LinkedHashMap<>(), null);
        assertThat(problems(unknown))
                .hasSize(101)
                .last()
                .satisfies(text -> assertThat(text).contains("19900 more problems"));
        assertThat(new Migrations(catalog).upgrade(unknown).notices()).hasSize(101);
    }

    @Test
    void a_node_from_the_future_is_told() {
        WorkflowDocument document =
                new WorkflowReader()
                        .read(
                                "{\"diptych\": 1, \"name\": \"x\", \"nodes\": {\"n\": {\"type\": \"image/noise\", \"version\": 2, \"in\": {\"seed\": {\"value\": 1}}}}}");
        assertThat(problems(document))
                .containsExactly(
                        "node \"n\" (image/noise): Version 2 is given, version 1 is installed. Update the plugin \"image\".");
    }

    @Test
    @Timeout(60)
    void plans_a_chain_and_a_fan_of_a_hundred_thousand_nodes() {
        int count = 100_000;
        LinkedHashMap<String, WorkflowDocument.Node> nodes = new LinkedHashMap<>();
        for (int i = count - 1; i > 0; i--) {
            LinkedHashMap<String, Binding> in = new LinkedHashMap<>();
            in.put("a", new Binding.Link("n" + (i - 1), "text"));
            in.put("b", new Binding.Link("n0", "text"));
            nodes.put("n" + i, new WorkflowDocument.Node("text/join", 1, in));
        }
        LinkedHashMap<String, Binding> first = new LinkedHashMap<>();
        first.put("a", new Binding.Literal(TextNode.valueOf("x")));
        nodes.put("n0", new WorkflowDocument.Node("text/join", 1, first));
        LinkedHashMap<String, Binding> outputs = new LinkedHashMap<>();
        outputs.put("o", new Binding.Link("n" + (count - 1), "text"));
        WorkflowDocument large = new WorkflowDocument(1, "x", "", "", new LinkedHashMap<>(), nodes, outputs, null);
        Planner wide = new Planner(catalog, _ -> Optional.empty(), new Limits(count, 2 * count, 16, 100));
        Plan plan = wide.plan(large, Set.of());
        assertThat(plan.nodes()).hasSize(count);
        assertThat(plan.nodes().getLast().id()).isEqualTo("n" + (count - 1));
        assertThat(problems(large))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("more than 20000 nodes"));
    }
}
