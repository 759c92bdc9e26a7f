// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Whose jobs one sees, on a server with a login.
@Timeout(120)
class OwnJobsTest {
    @TempDir private Path data;

    private static String[] token(TestServer diptych, String owner, String scope, String... admin) {
        String body = "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}";
        String text = diptych.post("/api/v1/tokens", body, admin).expect(201).json().path("token").asText();
        return new String[] {"Authorization", "Bearer " + text};
    }

    private static String held(TestServer diptych, String[] token) {
        return diptych.call("GET", "/api/v1/workers", null, token).expect(200).json().at("/workers/0/jobs").toString();
    }

    @Test
    void workers_are_listed_with_the_jobs_of_whoever_asks_and_with_all_for_an_admin() {
        try (TestServer diptych = TestServer.withWorker(data, ServerSettings.usual(0))) {
            String[] root = token(diptych, "root", "admin");
            String[] ann = token(diptych, "ann", "run", root);
            String[] eve = token(diptych, "eve", "read", root);
            String document = TestServer.document("test/wait", "\"steps\":{\"value\":100000}");
            byte[] request = ("{\"workflow\":" + document + "}").getBytes(StandardCharsets.UTF_8);
            String job = diptych.call("POST", "/api/v1/jobs", request, ann).expect(201).json().path("id").asText();
            while (held(diptych, root).equals("[]")) {
                TestServer.pause();
            }
            assertThat(held(diptych, root)).isEqualTo("[\"" + job + "\"]");
            assertThat(held(diptych, ann)).isEqualTo("[\"" + job + "\"]");
            assertThat(held(diptych, eve)).isEqualTo("[]");
            diptych.call("POST", "/api/v1/jobs/" + job + "/cancel", new byte[0], ann).expect(200);
        }
    }
}
