// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.node.NodeContext;
import dev.diptych.engine.plugin.PluginReport.State;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/// Plugins of a source checkout beside each other: what each sees, and what a broken one costs.
@Timeout(60)
final class PluginHostTest {
    private static final NodeContext NO_CONTEXT =
            (NodeContext)
                    Proxy.newProxyInstance(
                            NodeContext.class.getClassLoader(),
                            new Class<?>[] {NodeContext.class},
                            (_, method, _) -> {
                                throw new UnsupportedOperationException(method.getName());
                            });

    @TempDir private Path checkout;

    @TempDir private Path data;

    private PluginFolders folders;

    @BeforeEach
    void folders() {
        folders = new PluginFolders(checkout, data, "0.1.0");
    }

    private Path classes(String folder) {
        return checkout.resolve("plugins").resolve(folder).resolve("target/classes");
    }

    private void build(String folder, PluginSource source) {
        source.compileTo(classes(folder));
    }

    private static PluginReport report(PluginHost host, String id) {
        return host.reports().stream().filter(report -> report.id().equals(id)).findFirst().orElseThrow();
    }

    private static String said(PluginHost host, String type) {
        return (String) host.invoker(type).invoke(Map.of("given", "x"), NO_CONTEXT).get("said");
    }

    private static String nodeType(String id) {
        return "@NodeType(id = \"" + id + "\", title = \"T\", group = \"G\")";
    }

    @Test
    void loads_what_was_compiled_in_a_checkout() throws IOException {
        build("one", PluginSource.saying("one", "say", "hello"));
        Files.createDirectories(checkout.resolve("plugins/not-built/src"));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.reports())
                    .singleElement()
                    .returns("one", PluginReport::id)
                    .returns(checkout.resolve("plugins/one").toString(), PluginReport::source);
            assertThat(host.find("one/say")).isPresent();
            assertThat(host.all()).hasSize(1);
            assertThat(said(host, "one/say")).isEqualTo("hello");
            assertThatThrownBy(() -> host.invoker("one/other"))
                    .hasMessage("No plugin supplies the node type one/other");
        }
    }

    @Test
    void nothing_installed_is_no_error() throws IOException {
        try (PluginHost host = PluginHost.open(new PluginFolders(null, data.resolve("new"), "0.1.0"))) {
            assertThat(host.reports()).isEmpty();
            assertThat(host.all()).isEmpty();
        }
    }

    @Test
    void a_digest_changes_with_the_classes_the_libraries_and_what_it_depends_on() throws IOException {
        build("base", PluginSource.saying("base", "say", "1"));
        build("user", PluginSource.saying("user", "say", "1").needs("base"));
        build("other", PluginSource.saying("other", "say", "1"));
        Map<String, String> before = digests();

        build("base", PluginSource.saying("base", "say", "2"));
        Files.createDirectories(classes("other").resolveSibling("lib"));
        Map<String, String> unchanged = digests();
        Files.write(classes("other").resolveSibling("lib/x.jar"), new byte[] {1});
        Map<String, String> after = digests();

        assertThat(unchanged.get("base")).isNotEqualTo(before.get("base"));
        assertThat(unchanged.get("user")).isNotEqualTo(before.get("user"));
        assertThat(after.get("base")).isEqualTo(unchanged.get("base"));
        assertThat(after.get("other")).isNotEqualTo(unchanged.get("other"));
    }

    private Map<String, String> digests() throws IOException {
        try (PluginHost host = PluginHost.open(folders)) {
            return host.reports().stream().collect(Collectors.toMap(PluginReport::id, PluginReport::digest));
        }
    }

    @Test
    void mistakes_in_the_declarations_are_told_all_at_once_and_cost_only_their_plugin() throws IOException {
        build(
                "bad",
                PluginSource.saying("bad", "say", "fine")
                        .java(
                                PluginSource.node(
                                        "probe",
                                        "Loud",
                                        nodeType("bad/loud"),
                                        "@Range(max = 1) @Default(\"2\") double level",
                                        "\"\""))
                        .java(PluginSource.node("probe", "Odd", nodeType("bad/odd"), "Thread thread", "\"\"")));
        build("good", PluginSource.saying("good", "say", "fine"));

        try (PluginHost host = PluginHost.open(folders)) {
            PluginReport bad = report(host, "bad");
            assertThat(bad.state()).isEqualTo(State.BROKEN);
            assertThat(bad.reason().lines())
                    .containsExactlyInAnyOrder(
                            "probe.Loud, In.level: @Default(\"2\") is outside -Infinity … 1.0; move one of them.",
                            "probe.Odd, In.thread: a port cannot have the type java.lang.Thread; use "
                                    + PortTypes.ALLOWED
                                    + ".");
            assertThat(bad.fix()).isEqualTo("Tell the author of the plugin.");
            assertThat(host.find("bad/say")).isEmpty();
            assertThat(said(host, "good/say")).isEqualTo("fine");
        }
    }

    @Test
    void a_missing_index_is_told_with_what_the_build_lacks() throws IOException {
        build("one", PluginSource.saying("one", "say", "1").withoutIndex());

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(report(host, "one").reason())
                    .isEqualTo(
                            "probe.Says, class: the plugin has no extension index (META-INF/extensions.idx);"
                                    + " name PF4J in <annotationProcessorPaths> of its build.");
        }
    }

    @Test
    void a_node_that_nobody_would_find_is_a_mistake() throws IOException {
        String node = PluginSource.node("probe", "Other", nodeType("one/other"), "", "\"\"");
        build("unmarked", PluginSource.saying("unmarked", "say", "1").java(node.replace("@org.pf4j.Extension", "")));
        build("stale", PluginSource.saying("stale", "say", "1"));
        build("stale", new PluginSource("stale").java(node).withoutIndex());
        build(
                "no-node",
                new PluginSource("no-node")
                        .java(
                                "package probe; @org.pf4j.Extension @dev.diptych.api.node."
                                        + nodeType("one/no-node").substring(1)
                                        + " public class Not implements org.pf4j.ExtensionPoint {}"));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(report(host, "unmarked").reason())
                    .isEqualTo(
                            "probe.Other, class: it has @NodeType and no @Extension; add @Extension, it is found by that.");
            assertThat(report(host, "stale").reason())
                    .isEqualTo(
                            "probe.Other, class: it is not in the extension index (META-INF/extensions.idx); build it anew.");
            assertThat(report(host, "no-node").reason())
                    .isEqualTo("probe.Not, class: it has @NodeType and is no node; implement Node<In, Out>.");
        }
    }

    @Test
    void a_class_that_cannot_be_loaded_costs_only_its_plugin() throws IOException {
        build("torn", PluginSource.saying("torn", "say", "1"));
        Files.write(classes("torn").resolve("probe/Says$In.class"), new byte[] {1, 2, 3});
        build("gone", PluginSource.saying("gone", "say", "1"));
        Files.delete(classes("gone").resolve("probe/Says.class"));
        build("good", PluginSource.saying("good", "say", "fine"));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(report(host, "torn").reason())
                    .startsWith("its classes cannot be loaded (java.lang.ClassFormatError");
            assertThat(report(host, "gone").reason())
                    .isEqualTo("its classes cannot be loaded (java.lang.ClassNotFoundException: probe.Says)");
            assertThat(said(host, "good/say")).isEqualTo("fine");
        }
    }

    @Test
    void the_second_plugin_with_a_node_type_is_refused() throws IOException {
        build("first", PluginSource.saying("first", "say", "1"));
        build(
                "second",
                new PluginSource("second").java(PluginSource.node("two", "Same", nodeType("first/say"), "", "\"2\"")));
        build(
                "within",
                new PluginSource("within")
                        .java(PluginSource.node("a", "One", nodeType("within/say"), "", "\"1\""))
                        .java(PluginSource.node("b", "Two", nodeType("within/say"), "", "\"2\"")));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(said(host, "first/say")).isEqualTo("1");
            assertThat(report(host, "second").reason())
                    .isEqualTo(
                            "two.Same, @NodeType: the type first/say is there already, in the plugin first;"
                                    + " give one of the two another id.");
            assertThat(report(host, "within").reason())
                    .contains("@NodeType: the type within/say is there already, in ");
            assertThat(host.find("within/say")).isEmpty();
        }
    }

    @Test
    void the_second_plugin_with_an_id_is_refused() throws IOException {
        build("first", PluginSource.saying("same", "say", "1"));
        build("second", PluginSource.saying("same", "say", "2"));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(report(host, "second").reason())
                    .isEqualTo("the plugin same is there already, from " + checkout.resolve("plugins/first"));
            assertThat(said(host, "same/say")).isEqualTo("1");
        }
    }

    @Test
    void plugins_do_not_see_each_others_classes() throws IOException {
        String word = "package probe; public final class Word { public static String word() { return \"%s\"; } }";
        for (String id : new String[] {"one", "two"}) {
            build(
                    id,
                    new PluginSource(id)
                            .java(word.formatted(id))
                            .java(PluginSource.node("probe", "Says", nodeType(id + "/say"), "", "Word.word()")));
        }
        build(
                "curious",
                new PluginSource("curious")
                        .java(
                                PluginSource.node("curious", "Looks", nodeType("curious/look"), "", "look()")
                                        .replace(
                                                "@Override",
                                                "static String look() { try { return Class.forName(\"probe.Word\").getName(); }"
                                                        + " catch (ClassNotFoundException e) { return \"nothing\"; } } @Override")));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(said(host, "one/say")).isEqualTo("one");
            assertThat(said(host, "two/say")).isEqualTo("two");
            assertThat(said(host, "curious/look")).isEqualTo("nothing");
        }
    }

    @Test
    void a_plugin_brings_its_own_version_of_a_library_that_the_server_has_too() throws IOException {
        build(
                "one",
                new PluginSource("one")
                        .java(
                                "package com.fasterxml.jackson.core; public final class Version {"
                                        + " public static String mine() { return \"its own\"; } }")
                        .java(
                                PluginSource.node(
                                        "probe",
                                        "Says",
                                        nodeType("one/say"),
                                        "",
                                        "com.fasterxml.jackson.core.Version.mine()")));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(said(host, "one/say")).isEqualTo("its own");
        }
    }

    @Test
    void the_class_loader_of_a_closed_host_is_collected() throws IOException, InterruptedException {
        build("one", PluginSource.saying("one", "say", "1"));

        WeakReference<ClassLoader> loader = usedLoader();

        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(loader.get()).isNull();
    }

    /// In a frame of its own, which holds nothing afterwards.
    private WeakReference<ClassLoader> usedLoader() throws IOException {
        AtomicReference<ClassLoader> loader = new AtomicReference<>();
        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.find("one/say")).isPresent();
            NodeContext context =
                    (NodeContext)
                            Proxy.newProxyInstance(
                                    NodeContext.class.getClassLoader(),
                                    new Class<?>[] {NodeContext.class},
                                    (_, _, _) -> null);
            assertThat(host.invoker("one/say").invoke(Map.of("given", "x"), context)).containsEntry("said", "1");
            loader.set(host.loader("one"));
        }
        assertThat(loader.get()).isNotNull();
        return new WeakReference<>(loader.getAndSet(null));
    }

    @Test
    void gives_the_extensions_of_a_type_dependencies_first_and_leaves_out_one_that_cannot_be_made() throws IOException {
        build("above", new PluginSource("above").needs("below").java(runner("above", "Above", "")));
        build("below", new PluginSource("below").java(runner("below", "Below", "")));
        build(
                "broken",
                new PluginSource("broken").java(runner("broken", "Broken", "throw new IllegalStateException();")));

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.extensions(CaseRunner.class).stream().map(runner -> runner.getClass().getSimpleName()))
                    .containsExactly("Below", "Above");
            assertThat(host.extensions(Comparable.class)).isEmpty();
        }
    }

    private static String runner(String packageName, String className, String inConstructor) {
        return """
        package %s;
        import dev.diptych.api.model.*;
        import dev.diptych.api.value.Tensor;
        import java.util.Map;
        @org.pf4j.Extension
        public final class %s implements CaseRunner {
            public %2$s() { %s }
            @Override public boolean runs(ConformanceCase test) { return true; }
            @Override public Map<String, Tensor> run(ConformanceCase test, CaseContext context) { return Map.of(); }
        }
        """
                .formatted(packageName, className, inConstructor);
    }

    @Test
    void gives_the_vocabularies_of_all_plugins() throws IOException {
        build("one", PluginSource.saying("one", "say", "1"));
        build("two", PluginSource.saying("two", "say", "2"));
        Files.createDirectories(classes("two").resolve("vocabularies"));
        Files.writeString(classes("two").resolve("vocabularies/merges.txt"), "a b");

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.vocabulary("merges.txt")).contains("a b".getBytes());
            assertThat(host.vocabulary("../plugin.properties")).isEmpty();
            assertThat(host.vocabulary("other.txt")).isEmpty();
        }
    }

    @Test
    void gives_the_assets_of_a_plugin() throws IOException {
        build("one", PluginSource.saying("one", "say", "1"));
        Files.createDirectories(classes("one").resolve("assets/pictures"));
        Files.writeString(classes("one").resolve("assets/pictures/cat.txt"), "cat");

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.asset("one", "pictures/cat.txt")).contains("cat".getBytes());
            assertThat(host.asset("one", "pictures/dog.txt")).isEmpty();
            assertThat(host.asset("two", "pictures/cat.txt")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../plugin.properties",
                "pictures/../../plugin.properties",
                "pictures/../cat.txt",
                "./cat.txt",
                "/etc/hostname",
                "pictures",
                "pictures/",
                "..\\plugin.properties",
                "%2e%2e/plugin.properties",
                "cat.txt\0"
            })
    void assets_end_at_their_folder(String path) throws IOException {
        build("one", PluginSource.saying("one", "say", "1"));
        Files.createDirectories(classes("one").resolve("assets/pictures"));
        Files.writeString(classes("one").resolve("assets/cat.txt"), "cat");

        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.asset("one", path)).isEmpty();
        }
    }
}
