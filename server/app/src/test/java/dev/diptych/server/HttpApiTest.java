// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.PngWriter;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Each operation of the contract, over HTTP.
class HttpApiTest {
    private static final String RUN = "{\"workflow\":\"contact-sheet\"}";

    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        diptych = TestServer.withWorker(data);
    }

    @AfterAll
    static void every_operation_was_called() {
        Set<String> missed = new TreeSet<>(TestServer.CONTRACT.operations());
        missed.removeAll(TestServer.CONTRACT.called());
        diptych.close();
        assertThat(missed).isEmpty();
    }

    @Test
    void a_submitted_job_is_found_listed_and_ends_with_its_outputs() {
        TestServer.Reply submitted = diptych.post("/api/v1/jobs", RUN).expect(201);
        String id = submitted.json().path("id").asText();
        assertThat(submitted.header("Location")).isEqualTo("/api/v1/jobs/" + id);
        JsonNode job = diptych.awaitEnd(id);
        assertThat(job.path("state").asText()).isEqualTo("succeeded");
        assertThat(job.path("nodes")).isNotEmpty();
        String picture = job.path("outputs").path("sheet").path("value").asText().substring("asset:".length());
        TestServer.Reply asset = diptych.get("/api/v1/assets/" + picture).expect(200);
        assertThat(asset.header("Content-Type")).isEqualTo("image/png");
        assertThat(
                        diptych.get("/api/v1/jobs?state=succeeded&limit=5")
                                .expect(200)
                                .json()
                                .path("jobs")
                                .findValuesAsText("id"))
                .contains(id);
    }

    @Test
    void pages_of_the_list_follow_each_other() {
        for (int i = 0; i < 3; i++) {
            diptych.awaitEnd(diptych.submitNode("test/wait", "\"steps\":{\"value\":0}"));
        }
        JsonNode first = diptych.get("/api/v1/jobs?limit=2").expect(200).json();
        JsonNode second = diptych.get("/api/v1/jobs?limit=2&before=" + first.path("next").asText()).expect(200).json();
        assertThat(first.path("jobs")).hasSize(2);
        assertThat(Collections.disjoint(ids(first), ids(second))).isTrue();
        assertThat(ids(first).getLast()).isGreaterThan(ids(second).getFirst());
    }

    private static List<String> ids(JsonNode page) {
        return page.path("jobs").findValuesAsText("id");
    }

    @Test
    void a_key_used_again_gives_the_same_job_and_another_request_is_refused() {
        JsonNode first = diptych.post("/api/v1/jobs", RUN, "Idempotency-Key", "k1").expect(201).json();
        JsonNode again = diptych.post("/api/v1/jobs", RUN, "Idempotency-Key", "k1").expect(200).json();
        assertThat(again.path("id")).isEqualTo(first.path("id"));
        String other = "{\"workflow\":\"before-after\"}";
        assertThat(
                        diptych.post("/api/v1/jobs", other, "Idempotency-Key", "k1")
                                .expect(409)
                                .json()
                                .path("code")
                                .asText())
                .isEqualTo("server/key-in-use");
    }

    @Test
    void a_key_gives_its_job_also_when_the_request_means_something_else_by_now() {
        String document = TestServer.document("test/wait", "\"steps\":{\"value\":0}").replace("\"one\"", "\"again\"");
        String revision =
                diptych.call("PUT", "/api/v1/workflows/again", bytes(document))
                        .expect(200)
                        .json()
                        .path("revision")
                        .asText();
        JsonNode first =
                diptych.post("/api/v1/workflows/again/run", "{}", "Idempotency-Key", "means").expect(201).json();

        String newer = document.replace("\"value\":0", "\"value\":1");
        diptych.call("PUT", "/api/v1/workflows/again", bytes(newer), "If-Match", revision).expect(200);
        JsonNode again =
                diptych.post("/api/v1/workflows/again/run", " { } ", "Idempotency-Key", "means").expect(200).json();
        assertThat(again.path("id")).isEqualTo(first.path("id"));
    }

    @Test
    void a_stored_workflow_is_an_endpoint_that_answers_with_the_result() {
        JsonNode job =
                diptych.post(
                                "/api/v1/workflows/watermark-batch/run?wait=30s",
                                "{\"pictures\":[\"asset:portraits/cat.png\",\"asset:portraits/fox.png\"]}")
                        .expect(200)
                        .json();
        assertThat(job.path("state").asText()).isEqualTo("succeeded");
        assertThat(job.path("outputs").path("images").path("value")).hasSize(2);
    }

    @Test
    void a_wait_that_is_too_short_answers_with_the_unfinished_job() {
        JsonNode job =
                diptych.post(
                                "/api/v1/jobs?wait=50ms",
                                "{\"workflow\":" + TestServer.document("test/wait", "\"steps\":{\"value\":200}") + "}")
                        .expect(200)
                        .json();
        assertThat(job.path("state").asText()).isIn("queued", "running");
        diptych.post("/api/v1/jobs/" + job.path("id").asText() + "/cancel", "").expect(200);
    }

    @Test
    void a_running_job_is_cancelled_within_a_step() {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":10000}");
        long began = System.nanoTime();
        diptych.post("/api/v1/jobs/" + id + "/cancel", "").expect(200);
        assertThat(diptych.awaitEnd(id).path("state").asText()).isEqualTo("cancelled");
        assertThat(System.nanoTime() - began)
                .as("far less than the 100 s that the node would take")
                .isLessThan(30_000_000_000L);
    }

    @Test
    void a_failed_job_is_retried_without_what_succeeded() throws IOException {
        Path calls = data.resolve("retried");
        String id =
                diptych.submit(
                        """
                        {"diptych":1,"name":"fails","nodes":{
                          "good":{"type":"test/count","version":1,"in":{"file":{"value":"%s"},"text":{"value":"g"}}},
                          "bad":{"type":"test/throw","version":1,"in":{"text":{"node":"good","out":"text"}}},
                          "after":{"type":"test/wait","version":1,"in":{"text":{"node":"bad","out":"text"}}},
                          "beside":{"type":"test/wait","version":1,"in":{"text":{"value":"b"}}}},
                         "outputs":{"a":{"node":"after","out":"text"},"b":{"node":"beside","out":"text"}}}\
                        """
                                .formatted(calls));
        JsonNode failed = diptych.awaitEnd(id);
        assertThat(failed.path("state").asText()).isEqualTo("failed");
        assertThat(failed.path("problems")).hasSize(1);
        assertThat(failed.path("problems").path(0).path("node").asText()).isEqualTo("bad");
        assertThat(failed.path("outputs").path("b").path("value").asText()).isEqualTo("b");
        diptych.post("/api/v1/jobs/" + id + "/retry", "").expect(200);
        diptych.awaitEnd(id);
        assertThat(Files.readString(calls)).isEqualTo("g\n");
        diptych.post("/api/v1/jobs/" + id + "/retry?from=good", "").expect(200);
        diptych.awaitEnd(id);
        assertThat(Files.readString(calls)).as("asked for again").isEqualTo("g\ng\n");
        assertThat(
                        diptych.post("/api/v1/jobs/" + id + "/retry?from=nowhere", "")
                                .expect(422)
                                .json()
                                .path("code")
                                .asText())
                .isEqualTo("server/no-such-node");
    }

    @Test
    void a_retry_of_a_job_without_the_cache_keeps_what_succeeded_too() throws IOException {
        Path calls = data.resolve("uncached");
        String body =
                """
                {"options":{"cache":false},"workflow":{"diptych":1,"name":"fails","nodes":{
                  "good":{"type":"test/count","version":1,"in":{"file":{"value":"%s"},"text":{"value":"g"}}},
                  "bad":{"type":"test/throw","version":1,"in":{"text":{"node":"good","out":"text"}}}},
                 "outputs":{"a":{"node":"bad","out":"text"}}}}\
                """
                        .formatted(calls);
        String id = diptych.post("/api/v1/jobs", body).expect(201).json().path("id").asText();
        diptych.awaitEnd(id);
        diptych.post("/api/v1/jobs/" + id + "/retry", "").expect(200);
        assertThat(diptych.awaitEnd(id).path("state").asText()).isEqualTo("failed");
        assertThat(Files.readString(calls)).isEqualTo("g\n");
        diptych.awaitEnd(diptych.post("/api/v1/jobs", body).expect(201).json().path("id").asText());
        assertThat(Files.readString(calls)).as("another job").isEqualTo("g\ng\n");
    }

    @Test
    void the_events_of_a_job_are_streamed_until_it_ends() {
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":5},\"text\":{\"value\":\"streamed\"}");
        String events =
                new String(
                        diptych.get("/api/v1/jobs/" + id + "/events").expect(200).response().body(),
                        StandardCharsets.UTF_8);
        assertThat(events)
                .contains("id: 1\ndata: {\"job\":\"" + id + "\",\"seq\":1,\"kind\":\"state\",\"state\":\"queued\"}")
                .contains("\"kind\":\"node-started\",\"node\":\"n\"")
                .contains("\"kind\":\"node-ended\",\"node\":\"n\",\"status\":\"succeeded\"")
                .endsWith("\"kind\":\"state\",\"state\":\"succeeded\"}\n\n");
        String path = "/api/v1/jobs/" + id + "/events";
        String last = events.replaceAll("(?s).*\nid: (\\d+)\n.*", "$1");
        String rest =
                new String(
                        diptych.call("GET", path, null, "Last-Event-ID", "1").expect(200).response().body(),
                        StandardCharsets.UTF_8);
        assertThat(rest).doesNotContain("id: 1\n").contains("id: 2\n", "id: " + last + "\n");
        diptych.call("GET", path, null, "Last-Event-ID", last).expect(204);
        diptych.get(path + "?since=soon").expect(400);
    }

    @Test
    void a_workflow_is_saved_in_revisions_and_a_conflict_shows_both_sides() {
        String first = workflow("mine", "#112233");
        JsonNode saved = diptych.call("PUT", "/api/v1/workflows/mine", bytes(first)).expect(200).json();
        String revision = saved.path("revision").asText();
        assertThat(revision).matches("[0-9a-f]{12}");
        assertThat(
                        diptych.call("PUT", "/api/v1/workflows/mine", bytes(first))
                                .expect(200)
                                .json()
                                .path("revision")
                                .asText())
                .isEqualTo(revision);

        JsonNode second =
                diptych.call("PUT", "/api/v1/workflows/mine", bytes(workflow("mine", "#445566")), "If-Match", revision)
                        .expect(200)
                        .json();
        JsonNode conflict =
                diptych.call("PUT", "/api/v1/workflows/mine", bytes(workflow("mine", "#778899")), "If-Match", revision)
                        .expect(409)
                        .json();
        assertThat(conflict.path("yours").toString()).contains("#778899");
        assertThat(conflict.path("theirs").path("document").toString()).contains("#445566");
        assertThat(conflict.path("theirs").path("revision")).isEqualTo(second.path("revision"));

        assertThat(diptych.get("/api/v1/workflows/mine?revision=" + revision).expect(200).json().toString())
                .contains("#112233");
        assertThat(diptych.get("/api/v1/workflows/mine/revisions").expect(200).json().path("revisions")).hasSize(2);
        assertThat(diptych.get("/api/v1/workflows").expect(200).json().path("workflows").findValuesAsText("name"))
                .contains("mine", "contact-sheet");
        JsonNode old = diptych.post("/api/v1/workflows/mine/run?wait=30s&revision=" + revision, "").expect(200).json();
        assertThat(old.path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void a_new_layout_is_kept_and_is_no_new_revision() {
        String document = workflow("arranged", "#112233");
        String path = "/api/v1/workflows/arranged";
        JsonNode saved = diptych.call("PUT", path, bytes(document)).expect(200).json();

        String moved = document.replace("{\"diptych\":1,", "{\"diptych\":1,\"layout\":{\"f\":[5,7]},");
        JsonNode again = diptych.call("PUT", path, bytes(moved)).expect(200).json();

        assertThat(again.path("revision")).isEqualTo(saved.path("revision"));
        assertThat(again.at("/document/layout/f").toString()).isEqualTo("[5,7]");
        assertThat(diptych.get(path).expect(200).json()).isEqualTo(again);
        assertThat(diptych.get(path + "/revisions").expect(200).json().path("revisions")).hasSize(1);
    }

    @Test
    void a_read_only_workflow_is_the_latest_revision_until_one_is_stored_under_its_name() {
        String path = "/api/v1/workflows/retouch";
        JsonNode shipped = diptych.get(path).expect(200).json();
        ObjectNode mine = ((ObjectNode) shipped.path("document").deepCopy()).put("title", "Mine");

        JsonNode conflict =
                diptych.call("PUT", path, bytes(mine.toString()), "If-Match", "0123456789ab").expect(409).json();
        assertThat(conflict.path("theirs")).isEqualTo(shipped);
        String began = shipped.path("revision").asText();
        diptych.call("PUT", path, bytes(mine.toString()), "If-Match", began).expect(200);
        JsonNode late =
                diptych.call("PUT", path, bytes(mine.put("title", "Late").toString()), "If-Match", began)
                        .expect(409)
                        .json();
        assertThat(late.at("/theirs/title").asText()).isEqualTo("Mine");
        assertThat(diptych.get(path).expect(200).json().at("/document/title").asText()).isEqualTo("Mine");
    }

    @Test
    void a_video_travels_along_links_and_ends_as_an_animated_picture() {
        String document =
                """
                {"workflow":{"diptych":1,"name":"film","nodes":{
                  "f":{"type":"test/film","version":1,"in":{"frames":{"value":[2,4]}}},
                  "l":{"type":"test/length","version":1,"in":{"video":{"node":"f","out":"video"}}}},
                 "outputs":{"films":{"node":"f","out":"video"},"lengths":{"node":"l","out":"text"}}}}\
                """;
        JsonNode job = diptych.post("/api/v1/jobs?wait=30s", document).expect(200).json();
        assertThat(job.at("/outputs/films/type").toString()).isEqualTo("{\"list\":\"video\"}");
        assertThat(job.at("/outputs/lengths/value").toString())
                .isEqualTo(
                        "[\"Video[2 frames of 8 x 6 x 3, 5.0 a second]\",\"Video[4 frames of 8 x 6 x 3, 5.0 a second]\"]");
        String asset = job.at("/outputs/films/value/1").asText().substring("asset:".length());
        TestServer.Reply film = diptych.get("/api/v1/assets/" + asset).expect(200);
        assertThat(film.header("Content-Type")).isEqualTo("image/png");
        assertThat(new String(film.response().body(), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("acTL")
                .containsPattern("(?s)fdAT.*fdAT.*fdAT");
        diptych.get("/api/v1/assets/" + asset + "?thumbnail=64").expect(200);
    }

    @Test
    void a_stored_workflow_is_used_as_a_node_of_another() {
        String revision =
                diptych.call("PUT", "/api/v1/workflows/inner", bytes(workflow("inner", "#0a0b0c")))
                        .expect(200)
                        .json()
                        .path("revision")
                        .asText();
        JsonNode job =
                diptych.post(
                                "/api/v1/jobs?wait=30s",
                                """
                                {"workflow":{"diptych":1,"name":"outer","nodes":{
                                  "i":{"type":"workflow:inner@%s","version":1,"in":{}},
                                  "f":{"type":"image/flip","version":1,"in":{"image":{"node":"i","out":"image"}}}},
                                 "outputs":{"image":{"node":"f","out":"image"}}}}\
                                """
                                        .formatted(revision))
                        .expect(200)
                        .json();
        assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("succeeded");
    }

    @Test
    void validation_tells_every_problem_and_a_revision() {
        JsonNode good = diptych.post("/api/v1/workflows/validate", workflow("mine", "#112233")).expect(200).json();
        assertThat(good.path("problems")).isEmpty();
        assertThat(good.path("revision").asText()).matches("[0-9a-f]{12}");
        JsonNode bad =
                diptych.post(
                                "/api/v1/workflows/validate",
                                """
                                {"diptych":1,"name":"bad","nodes":{
                                  "a":{"type":"image/filled","version":1,"in":{"width":{"value":-1},"height":{"value":"x"}}},
                                  "b":{"type":"image/nothing","version":1,"in":{}}},"outputs":{}}\
                                """)
                        .expect(200)
                        .json();
        assertThat(bad.path("problems").size()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void schemas_of_nodes_are_listed_once_and_found_one_by_one() {
        TestServer.Reply all = diptych.get("/api/v1/nodes").expect(200);
        assertThat(all.json().path("nodes").findValuesAsText("type")).contains("image/resize", "test/wait");
        diptych.call("GET", "/api/v1/nodes", null, "If-None-Match", all.header("ETag")).expect(304);
        JsonNode wait = diptych.get("/api/v1/nodes/test/wait").expect(200).json();
        assertThat(wait.path("inputs").findValuesAsText("name")).containsExactly("steps", "milliseconds", "text");
        diptych.get("/api/v1/nodes/test/nothing").expect(404);
    }

    @Test
    void an_asset_is_stored_once_and_comes_back_whole_in_ranges_and_small() {
        byte[] png = PngWriter.write(Image.filled(300, 200, new Pixel(0.2, 0.4, 0.6, 1)));
        TestServer.Reply stored = diptych.call("POST", "/api/v1/assets", png).expect(201);
        String sha256 = stored.json().path("sha256").asText();
        assertThat(stored.json().path("mediaType").asText()).isEqualTo("image/png");
        assertThat(diptych.call("POST", "/api/v1/assets", png).expect(201).json().path("sha256").asText())
                .isEqualTo(sha256);
        diptych.call("PUT", "/api/v1/assets/" + sha256, png).expect(201);
        diptych.call("PUT", "/api/v1/assets/nothing", png).expect(400);

        String path = "/api/v1/assets/" + sha256;
        TestServer.Reply whole = diptych.get(path).expect(200);
        assertThat(whole.response().body()).isEqualTo(png);
        TestServer.Reply part = diptych.call("GET", path, null, "Range", "bytes=4-9").expect(206);
        assertThat(part.response().body()).isEqualTo(Arrays.copyOfRange(png, 4, 10));
        assertThat(part.header("Content-Range")).isEqualTo("bytes 4-9/" + png.length);
        assertThat(diptych.call("GET", path, null, "Range", "bytes=-3").expect(206).response().body())
                .isEqualTo(Arrays.copyOfRange(png, png.length - 3, png.length));
        for (String beyond : List.of("bytes=" + png.length + "-", "bytes=999999999-", "bytes=-0")) {
            TestServer.Reply refused = diptych.call("GET", path, null, "Range", beyond).expect(416);
            assertThat(refused.header("Content-Range")).as(beyond).isEqualTo("bytes */" + png.length);
            assertThat(refused.header("Cache-Control")).as(beyond).doesNotContain("max-age", "immutable");
        }
        for (String none : List.of("bytes=9-4", "bytes=-", "bytes=a-b", "lines=1-2")) {
            assertThat(diptych.call("GET", path, null, "Range", none).expect(200).response().body()).isEqualTo(png);
        }
        assertThat(part.header("Cache-Control")).contains("max-age", "immutable");
        for (String known : List.of("%s", "W/%s", "\"other\", W/%s", "*")) {
            diptych.call("GET", path, null, "If-None-Match", known.formatted(whole.header("ETag"))).expect(304);
        }
        diptych.call("GET", path, null, "If-None-Match", "\"other\"").expect(200);
        assertThat(diptych.call("HEAD", path, null).expect(200).header("Content-Length")).isEqualTo("" + png.length);
        diptych.call("HEAD", "/api/v1/assets/" + "0".repeat(64), null).expect(404);
        TestServer.Reply small = diptych.get(path + "?thumbnail=64").expect(200);
        assertThat(small.header("Content-Type")).isEqualTo("image/jpeg");
        assertThat(small.response().body().length).isPositive();
        diptych.get(path + "?thumbnail=0").expect(400);
        diptych.get("/api/v1/assets/" + "0".repeat(64)).expect(404);
        diptych.get("/api/v1/assets/..%2f..%2fdiptych.db").expect(400);
    }

    @Test
    void a_picture_comes_as_a_jpeg_of_the_quality_that_is_asked_for() {
        byte[] picture =
                PngWriter.write(Image.generated(90, 60, 3, (x, y) -> new Pixel(x / 90.0, y / 60.0, x * y % 7 / 7.0)));
        String path =
                "/api/v1/assets/"
                        + diptych.call("POST", "/api/v1/assets", picture).expect(201).json().path("sha256").asText();

        TestServer.Reply fine = diptych.get(path + "?jpeg=95").expect(200);
        TestServer.Reply coarse = diptych.get(path + "?jpeg=20").expect(200);

        assertThat(fine.response().headers().firstValue("Content-Type")).hasValue("image/jpeg");
        assertThat(new ImageFiles(10_000).read(fine.response().body(), "jpeg").width()).isEqualTo(90);
        assertThat(coarse.response().body().length).isLessThan(fine.response().body().length / 2);
        diptych.get(path + "?jpeg=0").expect(400);
        diptych.get(path + "?jpeg=90&thumbnail=64").expect(400);
    }

    @Test
    void thumbnails_are_made_in_a_few_sizes_only() throws IOException {
        byte[] png = PngWriter.write(Image.filled(1200, 30, new Pixel(0, 0, 1, 1)));
        String sha256 = diptych.call("POST", "/api/v1/assets", png).expect(201).json().path("sha256").asText();
        ImageFiles images = new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS);
        for (int[] sizes :
                new int[][] {{16, 64}, {50, 64}, {65, 128}, {129, 256}, {480, 512}, {700, 1024}, {1024, 1024}}) {
            TestServer.Reply reply = diptych.get("/api/v1/assets/" + sha256 + "?thumbnail=" + sizes[0]).expect(200);
            assertThat(images.read(reply.response().body(), "thumbnail").width()).isEqualTo(sizes[1]);
        }
        try (Stream<Path> made = Files.list(data.resolve("cache/thumbnails"))) {
            assertThat(made.filter(file -> file.getFileName().toString().startsWith(sha256))).hasSize(5);
        }
    }

    @Test
    void content_with_another_hash_than_the_address_is_not_kept() {
        byte[] content = bytes("sent to the wrong address");
        TestServer.Reply refused = diptych.call("PUT", "/api/v1/assets/" + "0".repeat(64), content).expect(422);
        assertThat(refused.json().path("code").asText()).isEqualTo("server/wrong-hash");
        assertThat(refused.json().path("detail").asText()).contains(Digests.of(content));
        diptych.get("/api/v1/assets/" + Digests.of(content)).expect(404);
    }

    @Test
    void an_uploaded_picture_is_an_input() {
        byte[] png = PngWriter.write(Image.filled(40, 20, new Pixel(1, 0, 0, 1)));
        String reference = diptych.call("POST", "/api/v1/assets", png).expect(201).json().path("reference").asText();
        JsonNode job =
                diptych.post(
                                "/api/v1/jobs?wait=30s",
                                """
                                {"workflow":{"diptych":1,"name":"turn","inputs":{"picture":{"type":"image"}},"nodes":{
                                  "r":{"type":"image/rotate","version":1,"in":{"image":{"input":"picture"}}}},
                                 "outputs":{"image":{"node":"r","out":"image"}}},
                                 "inputs":{"picture":"%s"}}\
                                """
                                        .formatted(reference))
                        .expect(200)
                        .json();
        assertThat(job.path("state").asText()).as(job.toString()).isEqualTo("succeeded");
    }

    @Test
    void a_client_that_waits_to_be_asked_for_its_body_is_asked() throws IOException {
        try (Socket socket =
                diptych.connect(
                        "POST /api/v1/assets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")) {
            byte[] asked = socket.getInputStream().readNBytes(25);
            assertThat(new String(asked, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 100 Continue");
            socket.getOutputStream().write(new byte[] {1, 2, 3});
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .contains("HTTP/1.1 201");
        }
    }

    @Test
    void what_is_installed_and_connected_is_shown() {
        assertThat(diptych.get("/api/v1/plugins").expect(200).json().path("plugins").findValuesAsText("id"))
                .contains("image", "test");
        assertThat(diptych.get("/api/v1/workers").expect(200).json().path("workers").findValuesAsText("name"))
                .contains("in-process");
        diptych.get("/api/v1/models").expect(200);
        diptych.get("/api/v1/devices").expect(200);
        assertThat(diptych.get("/api/v1/health").expect(200).json().path("status").asText()).isEqualTo("up");
        String metrics =
                new String(diptych.get("/api/v1/metrics").expect(200).response().body(), StandardCharsets.UTF_8);
        assertThat(metrics)
                .contains(
                        "diptych_jobs_queued",
                        "diptych_store_commits_total ",
                        "diptych_workers 1.0",
                        "diptych_http_requests_seconds_count");
    }

    @Test
    void a_token_is_asked_for_with_an_owner_and_scopes_and_nothing_else() {
        for (String body :
                List.of(
                        "{\"owner\":\"ann\",\"scopes\":[\"read\"],\"days\":5}",
                        "{\"owner\":5,\"scopes\":[\"read\"]}",
                        "{\"owner\":\"ann\",\"scopes\":\"read\"}",
                        "[]")) {
            JsonNode refused = diptych.post("/api/v1/tokens", body).expect(400).json();
            assertThat(refused.path("detail").asText()).as(body).contains("owner", "scopes");
        }
        assertThat(diptych.get("/api/v1/tokens").expect(200).json().path("tokens")).isEmpty();
    }

    @Test
    void a_backup_holds_what_was_accepted_and_a_server_starts_on_it(@TempDir Path folder) throws IOException {
        byte[] png = PngWriter.write(Image.filled(8, 8, new Pixel(0, 1, 0, 1)));
        String sha256 = diptych.call("POST", "/api/v1/assets", png).expect(201).json().path("sha256").asText();
        String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
        diptych.awaitEnd(id);
        Path copy = folder.resolve("copy");
        diptych.post("/api/v1/backup", "{\"folder\":\"" + copy + "\"}").expect(201);
        diptych.post("/api/v1/backup", "{\"folder\":\"" + copy + "\"}").expect(507);
        for (String none : List.of("relative", "", "/a\\u0000b", data + "/assets/copy")) {
            diptych.post("/api/v1/backup", "{\"folder\":\"" + none + "\"}").expect(400);
        }
        String deep =
                folder
                        + "/a"
                                .repeat(
                                        (4090 - folder.toString().length())
                                                / 2); // too long for a file in it, not for itself
        diptych.post("/api/v1/backup", "{\"folder\":\"" + deep + "\"}").expect(507);
        Path restored = folder.resolve("restored");
        dev.diptych.server.jobs.Backup.restore(copy, restored, false);
        try (TestServer second = TestServer.withWorker(restored)) {
            assertThat(second.get("/api/v1/jobs/" + id).expect(200).json().path("state").asText())
                    .isEqualTo("succeeded");
            assertThat(second.get("/api/v1/assets/" + sha256).expect(200).response().body()).isEqualTo(png);
        }
    }

    @Test
    void tokens_switch_login_on_and_limit_what_is_seen(@TempDir Path folder) throws Exception {
        try (TestServer guarded = TestServer.withWorker(folder)) {
            String admin = token(guarded, "root", "admin");
            guarded.get("/api/v1/jobs").expect(401);
            guarded.get("/api/v1/health").expect(200);
            String ann = guardedToken(guarded, admin, "ann", "run");
            String bob = guardedToken(guarded, admin, "bob", "run");
            String reader = guardedToken(guarded, admin, "ann", "read");
            String id =
                    guarded.call("POST", "/api/v1/jobs", bytes(RUN), "Authorization", "Bearer " + ann)
                            .expect(201)
                            .json()
                            .path("id")
                            .asText();
            guarded.call("GET", "/api/v1/jobs/" + id, null, "Authorization", "Bearer " + ann).expect(200);
            guarded.call("GET", "/api/v1/jobs/" + id, null, "Authorization", "Bearer " + reader).expect(200);
            guarded.call("GET", "/api/v1/jobs/" + id, null, "Authorization", "Bearer " + bob).expect(404);
            guarded.call("POST", "/api/v1/jobs/" + id + "/cancel", null, "Authorization", "Bearer " + bob).expect(404);
            guarded.call("GET", "/api/v1/jobs/" + id, null, "Authorization", "Bearer " + admin).expect(200);
            guarded.call("POST", "/api/v1/jobs", bytes(RUN), "Authorization", "Bearer " + reader).expect(403);
            guarded.call("GET", "/api/v1/tokens", null, "Authorization", "Bearer " + ann).expect(403);
            JsonNode tokens =
                    guarded.call("GET", "/api/v1/tokens", null, "Authorization", "Bearer " + admin).expect(200).json();
            assertThat(tokens.toString()).doesNotContain(ann);
            assertThat(tokens.path("tokens").get(2).path("owner").asText()).isEqualTo("bob");
            String bobsId = tokens.path("tokens").get(2).path("id").asText(); // the third, after root's and ann's
            guarded.call("DELETE", "/api/v1/tokens/" + bobsId, null, "Authorization", "Bearer " + admin).expect(204);
            guarded.call("DELETE", "/api/v1/tokens/" + bobsId, null, "Authorization", "Bearer " + admin).expect(404);
            guarded.call("GET", "/api/v1/jobs", null, "Authorization", "Bearer " + bob).expect(401);
            guarded.call(
                            "POST",
                            "/api/v1/tokens",
                            bytes("{\"owner\":\"../x\",\"scopes\":[\"run\"]}"),
                            "Authorization",
                            "Bearer " + admin)
                    .expect(400);
            guarded.call(
                            "POST",
                            "/api/v1/tokens",
                            bytes("{\"owner\":\"x\",\"scopes\":[\"fly\"]}"),
                            "Authorization",
                            "Bearer " + admin)
                    .expect(400);
        }
    }

    private static String token(TestServer server, String owner, String scope) {
        return server.post("/api/v1/tokens", "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}")
                .expect(201)
                .json()
                .path("token")
                .asText();
    }

    private static String guardedToken(TestServer server, String admin, String owner, String scope) {
        return server.post(
                        "/api/v1/tokens",
                        "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}",
                        "Authorization",
                        "Bearer " + admin)
                .expect(201)
                .json()
                .path("token")
                .asText();
    }

    @Test
    void a_model_is_uploaded_installed_listed_and_removed() {
        diptych.call("PUT", "/api/v1/models/ann%2Ftiny/files?path=tiny.safetensors", TinyModel.weights(4, 1))
                .expect(201);
        diptych.post("/api/v1/models/ann%2Ftiny/install", "").expect(201);
        assertThat(diptych.get("/api/v1/models").expect(200).json().path("models").toString()).contains("ann/tiny");
        diptych.get("/api/v1/models/ann%2Ftiny").expect(200);
        diptych.call("DELETE", "/api/v1/models/ann%2Ftiny", null).expect(204);
        String addition =
                diptych.post(
                                "/api/v1/models",
                                "{\"id\":\"ann/far\",\"files\":[{\"url\":\"https://127.0.0.1/x.safetensors\"}]}")
                        .expect(202)
                        .json()
                        .path("id")
                        .asText();
        diptych.get("/api/v1/model-additions").expect(200);
        while (diptych.get("/api/v1/model-additions/" + addition)
                .expect(200)
                .json()
                .path("state")
                .asText()
                .equals("running")) {
            TestServer.pause();
        }
        assertThat(
                        diptych.call("DELETE", "/api/v1/model-additions/" + addition, null)
                                .expect(200)
                                .json()
                                .path("problem")
                                .asText())
                .contains("private network");
    }

    @Test
    void the_page_and_the_contract_are_served() throws Exception {
        for (String path :
                List.of(
                        "/",
                        "/page.js",
                        "/docs/",
                        "/docs/swagger-ui-bundle.js",
                        "/docs/swagger-ui.css",
                        "/docs/start.js",
                        "/api/v1/openapi.yaml")) {
            HttpResponse<String> page =
                    HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(URI.create(diptych.server.address() + path)).build(),
                                    HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).as(path).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Security-Policy").orElse("")).contains("'self'");
        }
        assertThat(diptych.get("/nowhere").expect(404).json().path("code").asText()).isEqualTo("server/not-found");
    }

    private static String workflow(String name, String color) {
        return """
        {"diptych":1,"name":"%s","nodes":{"f":{"type":"image/filled","version":1,"in":{"width":{"value":8},"height":{"value":8},"color":{"value":"%s"}}}},
         "outputs":{"image":{"node":"f","out":"image"}}}\
        """
                .formatted(name, color);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
