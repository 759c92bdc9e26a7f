// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows between the parts, as docs/architecture.md draws them: they point down only.
@AnalyzeClasses(packages = "dev.diptych", importOptions = ImportOption.DoNotIncludeTests.class)
@ArchTag("architecture")
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_api_needs_nothing_but_jspecify_pf4j_and_slf4j =
            classes()
                    .that()
                    .resideInAPackage("dev.diptych.api..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage("dev.diptych.api..", "java..", "org.jspecify..", "org.pf4j..", "org.slf4j..");

    @ArchTest
    static final ArchRule the_engine_knows_neither_http_nor_a_database =
            noClasses()
                    .that()
                    .resideInAPackage("dev.diptych.engine..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.diptych.server..", "io.vertx..", "io.netty..", "java.sql..", "org.jdbi..");

    @ArchTest
    static final ArchRule inside_the_engine_the_arrows_point_down =
            layeredArchitecture()
                    .consideringOnlyDependenciesInAnyPackage("dev.diptych.engine..")
                    .withOptionalLayers(true)
                    .layer("execution")
                    .definedBy("dev.diptych.engine.execution..")
                    .layer("graph")
                    .definedBy("dev.diptych.engine.graph..")
                    .layer("cache")
                    .definedBy("dev.diptych.engine.cache..")
                    .layer("device")
                    .definedBy("dev.diptych.engine.device..")
                    .layer("model")
                    .definedBy("dev.diptych.engine.model..")
                    .layer("plugin")
                    .definedBy("dev.diptych.engine.plugin..")
                    .layer("value")
                    .definedBy("dev.diptych.engine.value..")
                    .layer("document")
                    .definedBy("dev.diptych.engine.document..")
                    .whereLayer("execution")
                    .mayOnlyAccessLayers("graph", "cache", "device", "model", "plugin", "value", "document")
                    .whereLayer("device")
                    .mayOnlyAccessLayers("model", "value", "document")
                    .whereLayer("graph")
                    .mayOnlyAccessLayers("document")
                    .whereLayer("cache")
                    .mayOnlyAccessLayers("value", "document")
                    .whereLayer("model")
                    .mayOnlyAccessLayers("value", "document")
                    .whereLayer("plugin")
                    .mayOnlyAccessLayers("value", "document")
                    .whereLayer("value")
                    .mayOnlyAccessLayers("document")
                    .whereLayer("document")
                    .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule documents_and_graphs_touch_no_file_no_thread_and_no_native_code =
            noClasses()
                    .that()
                    .resideInAnyPackage("dev.diptych.engine.document..", "dev.diptych.engine.graph..")
                    .should()
                    .dependOnClassesThat()
                    .haveNameMatching(
                            "java\\.io\\.(File.*|RandomAccessFile)"
                                    + "|java\\.nio\\.(file|channels)\\..*"
                                    + "|java\\.net\\..*"
                                    + "|java\\.lang\\.(Thread|ProcessBuilder|Process)(\\$.*)?"
                                    + "|java\\.lang\\.foreign\\..*"
                                    + "|java\\.util\\.concurrent\\.(.*Executor.*|.*Future.*|ForkJoin.*|locks\\..*)"
                                    + "|ai\\.djl\\..*")
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule inside_the_app_http_asks_jobs_and_jobs_ask_the_store =
            layeredArchitecture()
                    .consideringOnlyDependenciesInAnyPackage("dev.diptych.server..")
                    .withOptionalLayers(true)
                    .layer("http")
                    .definedBy("dev.diptych.server.http..")
                    .layer("jobs")
                    .definedBy("dev.diptych.server.jobs..")
                    .layer("store")
                    .definedBy("dev.diptych.server.store..")
                    .layer("worker")
                    .definedBy("dev.diptych.server.worker..")
                    .layer("assets")
                    .definedBy("dev.diptych.server.assets..")
                    .layer("models")
                    .definedBy("dev.diptych.server.models..")
                    .layer("transfer")
                    .definedBy("dev.diptych.server.transfer..")
                    .layer("security")
                    .definedBy("dev.diptych.server.security..")
                    .layer("config")
                    .definedBy("dev.diptych.server.config..")
                    .whereLayer("http")
                    .mayOnlyAccessLayers("jobs", "worker", "assets", "models", "transfer", "security", "config")
                    .whereLayer("models")
                    .mayOnlyAccessLayers("transfer", "config")
                    .whereLayer("transfer")
                    .mayNotAccessAnyLayer()
                    .whereLayer("jobs")
                    .mayOnlyAccessLayers("store", "worker", "assets", "security", "config")
                    .whereLayer("worker")
                    .mayOnlyAccessLayers("assets", "security", "config")
                    .whereLayer("assets")
                    .mayOnlyAccessLayers("store", "config")
                    .whereLayer("security")
                    .mayOnlyAccessLayers("store", "config")
                    .whereLayer("store")
                    .mayOnlyAccessLayers("config")
                    .whereLayer("config")
                    .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule only_workers_and_commands_execute_graphs =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.diptych.server.http..",
                            "dev.diptych.server.jobs..",
                            "dev.diptych.server.store..",
                            "dev.diptych.server.assets..",
                            "dev.diptych.server.security..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.diptych.engine.execution..")
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule only_models_and_devices_touch_djl_and_so_a_native_library =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("dev.diptych.engine.model..", "dev.diptych.engine.device..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("ai.djl..");

    @ArchTest
    static final ArchRule the_server_itself_runs_no_models =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.diptych.server.http..",
                            "dev.diptych.server.jobs..",
                            "dev.diptych.server.store..",
                            "dev.diptych.server.assets..",
                            "dev.diptych.server.security..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.diptych.engine.model.tokenizer..", "dev.diptych.engine.model.conformance..");

    @ArchTest
    static final ArchRule only_the_store_and_what_opens_it_speak_sql =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("dev.diptych.server.store..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.sql..", "org.jdbi..", "org.flywaydb..", "org.sqlite..");

    @ArchTest
    static final ArchRule no_two_packages_need_each_other =
            slices().matching("dev.diptych.(*).(*)..").should().beFreeOfCycles().allowEmptyShould(true);
}
