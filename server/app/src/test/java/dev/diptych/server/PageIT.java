// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import javax.imageio.ImageIO;

/// The plain page at `/`, used by somebody with a mouse.
@Timeout(180)
class PageIT {
    private static final String JOB = "#jobs article";

    @TempDir private static Path data;

    private static TestServer diptych;
    private static Browser browser;

    @BeforeAll
    static void open() {
        browser = Browser.open();
        diptych = TestServer.withWorker(data);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
        if (diptych != null) {
            diptych.close();
        }
    }

    @BeforeEach
    void visit() {
        browser.go(diptych.server.address() + "/");
        browser.await("document.querySelector('#workflows button')");
    }

    @AfterEach
    void no_script_failed() {
        assertThat(browser.errors()).isEmpty();
    }

    private static void store(TestServer server, String name, String contents) {
        server.call(
                        "PUT",
                        "/api/v1/workflows/" + name,
                        ("{\"diptych\": 1, \"name\": \"" + name + "\", " + contents + "}")
                                .getBytes(StandardCharsets.UTF_8),
                        "Content-Type",
                        "application/json")
                .expect(200);
    }

    private static void choose(String workflow) {
        browser.click("#workflows button[data-name='" + workflow + "']");
        browser.await("document.querySelector('#form button.run')");
    }

    private static String stateOfFirstJob() {
        return "document.querySelector('" + JOB + " .state')?.textContent";
    }

    @Test
    void a_form_is_made_from_the_declared_inputs_and_its_values_reach_the_result() {
        choose("retouch");
        assertThat(
                        browser.value("[...document.querySelectorAll('#form [name]')].map(e => e.name + '=' + e.value)")
                                .toString())
                .isEqualTo("[\"image=\",\"left=64\",\"top=72\",\"side=128\",\"warmth=0.8\"]");

        browser.type("#form [name=left]", "100");
        browser.click("#form button.run");
        browser.await(stateOfFirstJob() + " === 'succeeded'");

        browser.await(
                "[...document.querySelectorAll('"
                        + JOB
                        + ":first-child img')].filter(i => i.naturalWidth).length === 1");
        String job = browser.value("document.querySelector('" + JOB + "').dataset.job").asText();
        assertThat(diptych.get("/api/v1/jobs/" + job).expect(200).json().at("/inputs/left").asInt()).isEqualTo(100);
    }

    @Test
    void a_chosen_picture_is_uploaded_and_comes_back_changed() throws IOException {
        store(
                diptych,
                "turn",
                """
                "inputs": {"picture": {"type": "image"}},
                "nodes": {"r": {"type": "image/resize", "version": 1, "in": {"image": {"input": "picture"}, "width": {"value": 30}, "height": {"value": 20}}}},
                "outputs": {"small": {"node": "r", "out": "image"}}\
                """);
        Path picture = data.resolve("picture.png");
        ImageIO.write(new BufferedImage(90, 60, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
        visit();
        choose("turn");
        browser.chooseFile("#form [name=picture]", picture);
        browser.click("#form button.run");
        browser.await(stateOfFirstJob() + " === 'succeeded'");
        browser.await("document.querySelector('" + JOB + " img[alt=small]').naturalWidth === 30");
    }

    @Test
    void a_running_job_shows_progress_and_live_previews_and_can_be_cancelled() {
        store(
                diptych,
                "long",
                """
                "inputs": {"steps": {"type": "integer", "default": 600}},
                "nodes": {"w": {"type": "test/wait", "version": 1, "in": {"steps": {"input": "steps"}, "milliseconds": {"value": 100}}}},
                "outputs": {"text": {"node": "w", "out": "text"}}\
                """);
        visit();
        choose("long");
        browser.click("#form button.run");
        browser.await("document.querySelector('" + JOB + " img[alt=\"preview of w\"]')?.naturalWidth > 0");
        browser.await("document.querySelector('" + JOB + " progress').value > 0");
        String first = browser.value("document.querySelector('" + JOB + " progress').value").asText();
        browser.await("document.querySelector('" + JOB + " progress').value > " + first);

        browser.click(JOB + " .head button");
        browser.await(stateOfFirstJob() + " === 'cancelled'");
        browser.await("document.querySelector('" + JOB + " .head button').textContent === 'Retry'");
    }

    @Test
    void a_job_that_somebody_else_submits_appears() {
        String job = diptych.submitNode("test/throw", "");
        browser.await("document.querySelector('[data-job=\"" + job + "\"] .state')?.textContent === 'failed'");
        assertThat(browser.value("document.querySelector('[data-job=\"" + job + "\"] .problem').textContent").asText())
                .contains("node \"n\"", "thrown by a test");
    }

    @Test
    void what_the_server_refuses_is_told_beside_the_form() {
        store(
                diptych,
                "listed",
                """
                "inputs": {"words": {"type": {"list": "text"}}},
                "nodes": {"w": {"type": "test/wait", "version": 1, "in": {"text": {"input": "words"}}}},
                "outputs": {"text": {"node": "w", "out": "text"}}\
                """);
        visit();
        choose("listed");
        browser.type("#form [name=words]", "[5]");
        browser.click("#form button.run");
        browser.await("document.querySelector('#problems .problem')");
        assertThat(browser.value("document.querySelector('#problems').textContent").asText())
                .contains("\"words\"", "text is needed, 5 is given.");
    }

    @Test
    void text_from_a_job_is_never_markup() {
        String job =
                diptych.submit(
                        TestServer.document(
                                "test/wait",
                                "\"text\": {\"value\": \"<img src=x onerror=document.title='owned'>\"}, \"steps\": {\"value\": 1}"));
        browser.await("document.querySelector('[data-job=\"" + job + "\"]')?.textContent.includes('<img src=x')");
        assertThat(browser.value("document.title").asText()).isEqualTo("Diptych");
    }

    @Test
    void with_a_login_the_page_asks_for_a_token_and_uses_it_for_pictures_and_events(@TempDir Path folder) {
        try (TestServer guarded = TestServer.withWorker(folder, ServerSettings.usual(0))) {
            String token =
                    guarded.post("/api/v1/tokens", "{\"owner\": \"page\", \"scopes\": [\"read\", \"run\"]}")
                            .expect(201)
                            .json()
                            .path("token")
                            .asText();
            browser.answerPrompts(token);
            browser.go(guarded.server.address() + "/");
            choose("retouch");
            browser.click("#form button.run");
            browser.await(stateOfFirstJob() + " === 'succeeded'");
            browser.await("[...document.querySelectorAll('" + JOB + " img')].filter(i => i.naturalWidth).length === 1");
            browser.await("document.querySelector('#status').textContent === ''");
        }
    }
}
