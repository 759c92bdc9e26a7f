// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.plugin.PluginReport.State;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

final class PluginDependenciesTest {
    @TempDir private Path checkout;

    @TempDir private Path data;

    private PluginSource plugin(String id, String dependencies) {
        PluginSource source = PluginSource.saying(id, "say", id);
        return dependencies.isEmpty() ? source : source.needs(dependencies);
    }

    private Path build(String id, PluginSource source) {
        return source.compileTo(checkout.resolve("plugins").resolve(id).resolve("target/classes"));
    }

    private Map<String, PluginReport> reports() throws IOException {
        try (PluginHost host = PluginHost.open(new PluginFolders(checkout, data, "0.1.0"))) {
            List<PluginReport> reports = host.reports();
            assertThat(host.all())
                    .extracting(schema -> schema.pluginId())
                    .containsExactlyInAnyOrderElementsOf(
                            reports.stream()
                                    .filter(report -> report.state() == State.LOADED)
                                    .flatMap(report -> report.nodes().stream().map(_ -> report.id()))
                                    .toList());
            return reports.stream().collect(Collectors.toMap(PluginReport::id, Function.identity()));
        }
    }

    private static void assertBroken(PluginReport report, String reason, String fix) {
        assertThat(report.state()).isEqualTo(State.BROKEN);
        assertThat(report.reason()).isEqualTo(reason);
        assertThat(report.fix()).isEqualTo(fix);
    }

    @Test
    void a_plugin_sees_the_classes_of_those_that_it_depends_on() throws IOException {
        String word = "package words; public final class Word { public static String word() { return \"shared\"; } }";
        Path words = build("words", new PluginSource("words").java(word));
        build("middle", new PluginSource("middle").needs("words"));
        build(
                "a-user",
                new PluginSource("a-user")
                        .needs("middle@>=1.0.0, words@1.0.0")
                        .against(words)
                        .java(
                                PluginSource.node(
                                        "probe",
                                        "Says",
                                        "@NodeType(id = \"a-user/say\", title = \"T\", group = \"G\")",
                                        "",
                                        "words.Word.word()")));

        try (PluginHost host = PluginHost.open(new PluginFolders(checkout, data, "0.1.0"))) {
            assertThat(host.reports()).extracting(PluginReport::state).containsOnly(State.LOADED);
            assertThat(host.loader("a-user")).isNotSameAs(host.loader("words"));
            assertThat(host.invoker("a-user/say").invoke(Map.of(), null)).containsEntry("said", "shared");
        }
    }

    @Test
    void what_a_missing_plugin_takes_along_is_told_one_by_one() throws IOException {
        build("alone", plugin("alone", ""));
        build("needs-gone", plugin("needs-gone", "gone@>=2.0.0"));
        build("needs-that", plugin("needs-that", "needs-gone"));

        Map<String, PluginReport> reports = reports();

        assertThat(reports.get("alone").state()).isEqualTo(State.LOADED);
        assertBroken(
                reports.get("needs-gone"),
                "it needs the plugin gone >=2.0.0, which is not there",
                "Run: diptych plugin add with an archive of gone");
        assertBroken(
                reports.get("needs-that"),
                "it needs the plugin needs-gone, which is broken",
                "See what is said about needs-gone.");
    }

    @Test
    void a_dependency_of_another_version_is_told_with_both_versions() throws IOException {
        build("base", plugin("base", "").version("1.4.0"));
        build("fits", plugin("fits", "base@>=1.0.0 & <2.0.0"));
        build("wants-newer", plugin("wants-newer", "base@>=2.0.0"));
        build("unclear", plugin("unclear", "base@the newest"));

        Map<String, PluginReport> reports = reports();

        assertThat(reports.get("fits").state()).isEqualTo(State.LOADED);
        assertBroken(
                reports.get("wants-newer"),
                "it needs the plugin base >=2.0.0, and 1.4.0 is there",
                "Run: diptych plugin add with an archive of base >=2.0.0");
        assertBroken(
                reports.get("unclear"),
                "it needs the plugin base the newest, and \"the newest\" is no range of versions",
                "Its author writes it as in plugin.dependencies=base@>=1.0.0");
    }

    @Test
    void a_snapshot_satisfies_what_asks_for_its_release() throws IOException {
        build("base", plugin("base", "").version("0.2.0-SNAPSHOT"));
        build("user", plugin("user", "base@>=0.2.0"));

        assertThat(reports().get("user").state()).isEqualTo(State.LOADED);
    }

    @Test
    void a_circle_costs_its_members_and_what_needs_them_and_nothing_else() throws IOException {
        build("a", plugin("a", "b"));
        build("b", plugin("b", "c"));
        build("c", plugin("c", "a"));
        build("needs-a", plugin("needs-a", "a"));
        build("self", plugin("self", "self"));
        build("base", plugin("base", ""));
        build("fine", plugin("fine", "base"));

        Map<String, PluginReport> reports = reports();

        String fix = "Remove one of them; their authors take out one of the dependencies.";
        assertBroken(reports.get("a"), "it needs itself: a needs b, which needs c, which needs a", fix);
        assertBroken(reports.get("b"), "it needs itself: b needs c, which needs a, which needs b", fix);
        assertBroken(reports.get("c"), "it needs itself: c needs a, which needs b, which needs c", fix);
        assertBroken(reports.get("self"), "it needs itself: self needs self", fix);
        assertBroken(reports.get("needs-a"), "it needs the plugin a, which is broken", "See what is said about a.");
        assertThat(reports.get("base").state()).isEqualTo(State.LOADED);
        assertThat(reports.get("fine").state()).isEqualTo(State.LOADED);
    }

    @Test
    void an_optional_dependency_may_be_missing_and_comes_first_when_it_is_there() throws IOException {
        build("a-user", plugin("a-user", "base?@>=1.0.0"));
        String without = reports().get("a-user").digest();

        build("base", plugin("base", ""));
        Map<String, PluginReport> reports = reports();

        assertThat(reports.values()).extracting(PluginReport::state).containsOnly(State.LOADED);
        assertThat(reports.get("a-user").digest()).isNotEqualTo(without);
    }

    @Test
    void a_dependency_whose_nodes_are_wrong_takes_only_its_dependents_along() throws IOException {
        String node = "@NodeType(id = \"Wrong\", title = \"T\", group = \"G\")";
        build("base", new PluginSource("base").java(PluginSource.node("probe", "Says", node, "", "\"\"")));
        build("user", plugin("user", "base"));
        build("relaxed", plugin("relaxed", "base?"));
        build("zebra", plugin("zebra", ""));

        Map<String, PluginReport> reports = reports();

        assertThat(reports.get("base").reason()).startsWith("probe.Says, @NodeType: id \"Wrong\" is not plugin/name");
        assertBroken(reports.get("user"), "it needs the plugin base, which is broken", "See what is said about base.");
        assertThat(reports.get("relaxed").state()).isEqualTo(State.LOADED);
        assertThat(reports.get("zebra").state()).isEqualTo(State.LOADED);
    }

    @Test
    void a_plugin_for_another_api_takes_its_dependents_along() throws IOException {
        build("base", plugin("base", "").property("plugin.requires", "9.0.0"));
        build("user", plugin("user", "base"));

        Map<String, PluginReport> reports = reports();

        assertThat(reports.get("base").reason()).isEqualTo("it needs version 9.0.0 of the plugin API, this is 0.1.0");
        assertThat(reports.get("user").reason()).isEqualTo("it needs the plugin base, which is broken");
    }
}
