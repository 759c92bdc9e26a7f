// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/// What a browser is told about pages of other origins; a token is needed, and this machine's secret is one.
class ForeignPagesTest {
    private static final String TOOLS = "https://tools.example";
    private static final String ALLOWED = "Access-Control-Allow-Origin";

    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        ServerSettings usual = ServerSettings.usual(0);
        diptych =
                TestServer.withoutWorker(
                        data,
                        new ServerSettings(
                                usual.http(),
                                usual.hosts(),
                                Set.of(TOOLS),
                                usual.queue(),
                                usual.maxNodes(),
                                usual.maxPixels(),
                                usual.cacheBytes(),
                                usual.keepJobs(),
                                usual.deviceCall(),
                                false,
                                usual.workerOptions(),
                                false));
        diptych.post("/api/v1/tokens", "{\"owner\":\"root\",\"scopes\":[\"admin\"]}").expect(201);
    }

    @AfterAll
    static void close() {
        diptych.close();
    }

    /// With the secret.
    private static TestServer.Reply call(String method, String path, String body, String origin) {
        return diptych.call(
                method,
                path,
                body.getBytes(StandardCharsets.UTF_8),
                "Authorization",
                "Bearer " + diptych.server.localSecret(),
                "Origin",
                origin);
    }

    @Test
    void a_page_of_an_allowed_origin_reads_the_answers() {
        TestServer.Reply submitted =
                call("POST", "/api/v1/jobs", "{\"workflow\":" + TestServer.document("test/wait", "") + "}", TOOLS)
                        .expect(201);
        assertThat(submitted.header(ALLOWED)).isEqualTo(TOOLS);
        assertThat(submitted.header("Access-Control-Expose-Headers")).contains("Location", "ETag");
        assertThat(submitted.header("Vary")).isEqualTo("Origin");
        TestServer.Reply refused = diptych.call("GET", "/api/v1/jobs", null, "Origin", TOOLS).expect(401);
        assertThat(refused.header(ALLOWED)).isEqualTo(TOOLS);
    }

    @Test
    void a_browser_asks_before_a_page_may_send_what_forms_cannot() {
        TestServer.Reply asked =
                diptych.call(
                                "OPTIONS",
                                "/api/v1/workflows/mine",
                                null,
                                "Origin",
                                TOOLS,
                                "Access-Control-Request-Method",
                                "PUT",
                                "Access-Control-Request-Headers",
                                "authorization,content-type,if-match")
                        .expect(204);
        assertThat(asked.header(ALLOWED)).isEqualTo(TOOLS);
        assertThat(asked.header("Access-Control-Allow-Methods")).contains("PUT", "DELETE");
        assertThat(asked.header("Access-Control-Allow-Headers"))
                .contains("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Last-Event-ID", "Range");
    }

    @Test
    void pages_of_the_server_itself_go_on_and_all_others_are_refused() {
        TestServer.Reply own = call("GET", "/api/v1/jobs", "", diptych.server.address()).expect(200);
        assertThat(own.header(ALLOWED)).isEmpty();
        assertThat(own.header("Vary")).as("a cache must not take it for an answer to another page").isEqualTo("Origin");
        TestServer.Reply foreign = call("GET", "/api/v1/jobs", "", "https://evil.example").expect(403);
        assertThat(foreign.header(ALLOWED)).isEmpty();
        String method = "Access-Control-Request-Method";
        TestServer.Reply asked =
                diptych.call("OPTIONS", "/api/v1/jobs", null, "Origin", "https://evil.example", method, "POST");
        assertThat(asked.expect(403).header(ALLOWED)).isEmpty();
    }
}
