// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.TestPlugin;
import dev.diptych.server.TestServer;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/// A server that starts with other plugins than those its jobs were accepted with.
@Timeout(240)
class ReplanningTest {
    private static final String GREETING =
            """
            package greetings;
            import dev.diptych.api.node.*;
            @NodeType(id = "greetings/greet", version = 1, title = "Greet", group = "Test")
            public final class Greet implements Node<Greet.In, Greet.Out> {
                public record In(String name) {}
                public record Out(String text) {}
                public Out run(In in, NodeContext context) { return new Out("Hello " + in.name()); }
            }
            """;

    /// Of version 2: the input and the output have other names.
    private static final String MIGRATING_GREETING =
            """
            package greetings;
            import dev.diptych.api.node.*;
            @NodeType(id = "greetings/greet", version = 2, title = "Greet", group = "Test")
            public final class Greet implements Node<Greet.In, Greet.Out> {
                public record In(String whom) {}
                public record Out(String said) {}
                public Out run(In in, NodeContext context) { return new Out("Good day " + in.whom()); }
                @MigratesFrom(1) static void rename(NodeDocument node) {
                    node.rename("name", "whom");
                    node.renameOutput("text", "said");
                }
            }
            """;

    /// Needs what no migration can know.
    private static final String DEMANDING_GREETING =
            MIGRATING_GREETING.replace("String whom)", "String whom, String language)");

    @TempDir private Path data;

    /// While no server uses the store: whatever jobs need has another digest now.
    private void changePlugins() throws SQLException {
        change("UPDATE plugin_sets SET digests = 'earlier' || id");
    }

    private void change(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("diptych.db"));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void installGreetings(String version, String source) {
        TestPlugin.install(
                TestPlugin.archive(
                        "greetings", version, "greetings/Greet.java", source, "greetings/Greet.class"::equals),
                TestServer.places(data));
    }

    private static String greet(TestServer diptych) {
        return diptych.submitNode("greetings/greet", "\"name\":{\"value\":\"Ann\"}");
    }

    /// A job that ended with the first version of the node, and one that never ran.
    private List<String> greetedAndWaiting() {
        installGreetings("1.0.0", GREETING);
        String greeted;
        try (TestServer diptych = TestServer.withWorker(data)) {
            greeted = greet(diptych);
            assertThat(diptych.awaitEnd(greeted).at("/outputs/text/value").asText()).isEqualTo("Hello Ann");
        }
        try (TestServer diptych = TestServer.withoutWorker(data, ServerSettings.usual(0))) {
            return List.of(greeted, greet(diptych));
        }
    }

    private static void retry(TestServer diptych, String job) {
        assertThat(diptych.post("/api/v1/jobs/" + job + "/retry", "").expect(200).json().path("state").asText())
                .isEqualTo("queued");
    }

    private String submitted() {
        try (TestServer diptych = TestServer.withoutWorker(data, ServerSettings.usual(0))) {
            return diptych.submitNode("test/wait", "\"text\":{\"value\":\"mine\"},\"steps\":{\"value\":0}");
        }
    }

    private static void assertMine(JsonNode job) {
        assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("succeeded");
        assertThat(job.at("/outputs/text/value").asText()).isEqualTo("mine");
    }

    @Test
    void a_job_that_waited_or_ran_while_plugins_changed_runs_with_those_of_now_and_so_does_a_retry() throws Exception {
        String waiting = submitted();
        String running = submitted();
        change("UPDATE jobs SET state = 'running', worker = 'local-1' WHERE id = '" + running + "'");
        changePlugins();
        try (TestServer diptych = TestServer.withWorker(data)) {
            assertMine(diptych.awaitEnd(waiting));
            assertMine(diptych.awaitEnd(running));
        }
        changePlugins();
        try (TestServer diptych = TestServer.withWorker(data)) {
            retry(diptych, waiting);
            assertMine(diptych.awaitEnd(waiting));
        }
    }

    @Test
    void a_job_whose_plugin_is_gone_fails_with_the_reason_and_what_to_do() throws Exception {
        String job = submitted();
        change("UPDATE jobs SET workflow = replace(workflow, 'test/wait', 'gone/wait')");
        changePlugins();
        try (TestServer diptych = TestServer.withWorker(data)) {
            JsonNode failed = diptych.awaitEnd(job);
            assertThat(failed.path("state").asText()).isEqualTo("failed");
            assertThat(failed.path("problems").findValuesAsText("code"))
                    .containsExactly("server/plugins-changed", "engine/unknown-node-type");
            assertThat(failed.path("problems").findValuesAsText("next").get(1)).contains("Install the plugin \"gone\"");
            assertThat(diptych.get("/api/v1/jobs/" + job + "/events").response().body())
                    .asString()
                    .contains("\"state\":\"failed\"");
        }
    }

    @Test
    void a_job_that_waits_or_is_tried_again_runs_with_a_newer_version_of_its_node_to_which_a_migration_leads() {
        List<String> jobs = greetedAndWaiting();
        installGreetings("2.0.0", MIGRATING_GREETING);
        try (TestServer diptych = TestServer.withWorker(data)) {
            retry(diptych, jobs.getFirst());
            for (String id : jobs) {
                JsonNode job = diptych.awaitEnd(id);
                assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("succeeded");
                assertThat(job.at("/outputs/text/value").asText()).isEqualTo("Good day Ann");
                JsonNode node = job.at("/document/nodes/n");
                assertThat(node.path("version").asInt()).as(node.toString()).isEqualTo(2);
                assertThat(node.at("/in/whom/value").asText()).as(node.toString()).isEqualTo("Ann");
            }
        }
    }

    @Test
    void a_job_that_waits_or_is_tried_again_fails_with_the_reason_if_its_migrated_node_cannot_run() {
        List<String> jobs = greetedAndWaiting();
        installGreetings("2.0.0", DEMANDING_GREETING);
        try (TestServer diptych = TestServer.withWorker(data)) {
            retry(diptych, jobs.getFirst());
            for (String id : jobs) {
                JsonNode job = diptych.awaitEnd(id);
                assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("failed");
                assertThat(job.path("problems").findValuesAsText("code"))
                        .as(job.toString())
                        .containsExactly("server/plugins-changed", "engine/missing-input");
                assertThat(job.at("/problems/1/port").asText()).isEqualTo("language");
            }
        }
    }
}
