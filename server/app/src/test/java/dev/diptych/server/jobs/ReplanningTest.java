// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.TestServer;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

/// A server that starts with other plugins than those its jobs were accepted with.
@Timeout(240)
class ReplanningTest {
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
            assertThat(diptych.post("/api/v1/jobs/" + waiting + "/retry", "").expect(200).json().path("state").asText())
                    .isEqualTo("queued");
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
}
