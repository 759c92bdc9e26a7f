// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.value.Digests;
import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/// Models over HTTP, and what jobs make of them.
@Timeout(120)
class ModelApiTest {
    private static final List<String> TRUST =
            List.of("javax.net.ssl.trustStore", "javax.net.ssl.trustStorePassword", "javax.net.ssl.trustStoreType");

    @TempDir private static Path data;

    private static TestServer diptych;

    @BeforeAll
    static void open() {
        System.setProperty(TRUST.get(0), TlsFiles.KEYS.toString());
        System.setProperty(TRUST.get(1), TlsFiles.PASSWORD);
        System.setProperty(TRUST.get(2), "PKCS12");
        ServerSettings usual = ServerSettings.usual(0);
        HttpSettings http = usual.http();
        diptych =
                TestServer.withWorker(
                        data,
                        usual.with(
                                new HttpSettings(
                                        http.address(),
                                        0,
                                        http.maxBodyBytes(),
                                        http.maxAssetBytes(),
                                        false,
                                        true,
                                        http.idle(),
                                        null,
                                        null)));
    }

    @AfterAll
    static void close() {
        diptych.close();
        TRUST.forEach(System::clearProperty);
    }

    private static String models() {
        return diptych.get("/api/v1/models").expect(200).json().path("models").findValuesAsText("id").toString();
    }

    private static String quoted(String id) {
        return id.replace("/", "%2F");
    }

    private static TestServer.Reply put(String id, String path, byte[] content, String... headers) {
        return diptych.call("PUT", "/api/v1/models/" + quoted(id) + "/files?path=" + path, content, headers);
    }

    private static void upload(String id, float value) {
        put(id, "config.json", TinyModel.CONFIG).expect(201);
        put(id, "model.safetensors", TinyModel.weights(8, value)).expect(201);
        diptych.post("/api/v1/models/" + quoted(id) + "/install", "").expect(201);
    }

    @Test
    void the_bundled_models_are_listed_and_shown() {
        JsonNode clip = diptych.get("/api/v1/models/portraits%2Fclip").expect(200).json();

        assertThat(models()).contains("portraits/clip", "portraits/attributes");
        assertThat(clip.path("family").asText()).isEqualTo("CLIP");
        assertThat(clip.path("origin").asText()).isEqualTo("plugin");
        assertThat(clip.path("licence").asText()).isEqualTo("Apache-2.0");
        assertThat(clip.path("parameters").asLong()).isBetween(2_400_000L, 2_600_000L);
        assertThat(clip.path("components").get(0).path("name").asText()).isEqualTo("model");
        diptych.call("DELETE", "/api/v1/models/portraits%2Fclip", null).expect(409);
    }

    @Test
    void an_unknown_model_is_answered_with_the_nearest() {
        assertThat(diptych.get("/api/v1/models/portraits%2Fclop").expect(404).json().path("detail").asText())
                .contains("Did you mean \"portraits/clip\"?");
        diptych.call("DELETE", "/api/v1/models/nobody%2Fnothing", null).expect(404);
        diptych.get("/api/v1/models/..%2F..%2Fsecret").expect(404);
    }

    @Test
    void a_model_is_uploaded_in_pieces_installed_and_removed() {
        byte[] weights = TinyModel.weights(5000, 1);
        byte[] first = Arrays.copyOf(weights, 7000);
        byte[] rest = Arrays.copyOfRange(weights, 7000, weights.length);
        String range = "bytes 0-6999/" + weights.length;
        String other = "bytes 7000-" + (weights.length - 1) + "/" + weights.length;

        put("ann/tiny", "config.json", TinyModel.CONFIG).expect(201);
        JsonNode half = put("ann/tiny", "model.safetensors", first, "Content-Range", range).expect(200).json();
        assertThat(half.path("complete").asBoolean()).isFalse();
        assertThat(diptych.post("/api/v1/models/ann%2Ftiny/install", "").expect(422).json().path("detail").asText())
                .contains("model.safetensors of ann/tiny is not whole");
        JsonNode again = put("ann/tiny", "model.safetensors", first, "Content-Range", range).expect(409).json();
        assertThat(again.path("have").asInt()).isEqualTo(7000);
        JsonNode whole = put("ann/tiny", "model.safetensors", rest, "Content-Range", other).expect(201).json();
        assertThat(whole.path("sha256").asText()).isEqualTo(Digests.of(weights));
        assertThat(models()).doesNotContain("ann/tiny");

        JsonNode installed = diptych.post("/api/v1/models/ann%2Ftiny/install", "").expect(201).json();

        assertThat(installed.path("parameters").asInt()).isEqualTo(5000);
        assertThat(models()).contains("ann/tiny");
        put("ann/tiny", "config.json", TinyModel.CONFIG).expect(409);
        diptych.call("DELETE", "/api/v1/models/ann%2Ftiny", null).expect(204);
        assertThat(models()).doesNotContain("ann/tiny");
        diptych.post("/api/v1/models/ann%2Ftiny/install", "").expect(404);
    }

    @Test
    void a_wrong_hash_is_refused_and_the_upload_can_be_given_up() {
        byte[] weights = TinyModel.weights(8, 1);
        String good = Digests.of(weights);

        put("ann/hash", "model.safetensors&sha256=" + good.replace('0', '1').replace('a', 'b'), weights).expect(422);
        put("ann/hash", "model.safetensors&sha256=xyz", weights).expect(400);
        put("ann/hash", "model.safetensors&sha256=" + good, weights).expect(201);
        diptych.call("DELETE", "/api/v1/models/ann%2Fhash", null).expect(204);
        diptych.post("/api/v1/models/ann%2Fhash/install", "").expect(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"..%2Fevil", "%2Fetc%2Fpasswd", ".ssh", "a%2F..%2F..%2Fb", "a%2Fb%2Fc%2Fd", "x.part", ""})
    void a_hostile_path_is_refused(String path) {
        put("ann/hostile", path, new byte[1]).expect(422);
    }

    @Test
    void a_hostile_name_is_refused() {
        for (String id : List.of("..%2Fx", ".hidden", "a%2F..%2Fb", "a%2Fb%2Fc%2Fd%2Fe")) {
            diptych.call("PUT", "/api/v1/models/" + id + "/files?path=config.json", new byte[1]).expect(422);
        }
        diptych.post("/api/v1/models", "{\"id\":\"../x\",\"files\":[{\"url\":\"https://example.org/x.safetensors\"}]}")
                .expect(422);
    }

    private static JsonNode ended(String addition) {
        for (int i = 0; i < 1000; i++) {
            JsonNode state = diptych.get("/api/v1/model-additions/" + addition).expect(200).json();
            if (!state.path("state").asText().equals("running")) {
                return state;
            }
            TestServer.pause();
        }
        throw new AssertionError("The addition " + addition + " does not end");
    }

    private static String add(String id, String... urls) {
        List<String> files = new ArrayList<>();
        for (String url : urls) {
            files.add("{\"url\":\"" + url + "\"}");
        }
        return diptych.post("/api/v1/models", "{\"id\":\"" + id + "\",\"files\":[" + String.join(",", files) + "]}")
                .expect(202)
                .json()
                .path("id")
                .asText();
    }

    @Test
    void a_model_comes_in_from_urls_with_the_folders_they_have() {
        try (TlsFiles files = new TlsFiles()) {
            files.file(
                            "/m/model_index.json",
                            "{\"_class_name\":\"DDPMPipeline\",\"unet\":[\"diffusers\",\"UNet2DModel\"]}".getBytes())
                    .file("/m/unet/config.json", "{\"_class_name\":\"UNet2DModel\"}".getBytes())
                    .file("/m/unet/diffusion_pytorch_model.safetensors", TinyModel.weights(50_000, 1));
            files.breaksAfter = 100_000;

            JsonNode state =
                    ended(
                            add(
                                    "bob/ddpm",
                                    files.url("/m/model_index.json"),
                                    files.url("/m/unet/config.json"),
                                    files.url("/m/unet/diffusion_pytorch_model.safetensors")));

            assertThat(state.path("problem").isNull()).as("%s", state).isTrue();
            assertThat(state.path("state").asText()).isEqualTo("succeeded");
            assertThat(state.path("fileNumber").asInt()).isEqualTo(3);
            assertThat(diptych.get("/api/v1/models/bob%2Fddpm").expect(200).json().path("parameters").asInt())
                    .isEqualTo(50_000);
            assertThat(diptych.get("/api/v1/model-additions").expect(200).json().path("additions").toString())
                    .contains("bob/ddpm");
        }
    }

    @Test
    void an_addition_is_cancelled_and_another_goes_on_where_it_was() {
        byte[] weights = TinyModel.weights(100_000, 1);
        try (TlsFiles files = new TlsFiles()) {
            files.file("/x.safetensors", weights);
            files.slownessMilliseconds = 10;
            String addition = add("bob/slow", files.url("/x.safetensors"));
            while (diptych.get("/api/v1/model-additions/" + addition).json().path("bytes").asLong() < 5000) {
                TestServer.pause();
            }
            diptych.post(
                            "/api/v1/models",
                            "{\"id\":\"bob/slow\",\"files\":[{\"url\":\"" + files.url("/x.safetensors") + "\"}]}")
                    .expect(409);

            diptych.call("DELETE", "/api/v1/model-additions/" + addition, null).expect(200);

            assertThat(ended(addition).path("state").asText()).isEqualTo("cancelled");
            assertThat(models()).doesNotContain("bob/slow");
            files.slownessMilliseconds = 0;
            assertThat(ended(add("bob/slow", files.url("/x.safetensors"))).path("state").asText())
                    .isEqualTo("succeeded");
            assertThat(files.asked).last().asString().matches("/x.safetensors bytes=\\d{4,}-");
            assertThat(models()).contains("bob/slow");
            diptych.call("DELETE", "/api/v1/model-additions/" + UUID.randomUUID(), null).expect(404);
        }
    }

    @Test
    void what_cannot_be_fetched_fails_with_the_reason() {
        try (TlsFiles files = new TlsFiles()) {
            files.file("/no.safetensors", "no safetensors".getBytes());

            assertThat(ended(add("bob/gone", files.url("/gone.safetensors"))).path("problem").asText())
                    .contains("There is no file at");
            assertThat(ended(add("bob/plain", "http://localhost/x.safetensors")).path("problem").asText())
                    .contains("https is needed");
            assertThat(ended(add("bob/no", files.url("/no.safetensors"))).path("problem").asText())
                    .contains("no.safetensors");
            JsonNode hashed =
                    diptych.post(
                                    "/api/v1/models",
                                    "{\"id\":\"bob/hashed\",\"files\":[{\"url\":\""
                                            + files.url("/no.safetensors")
                                            + "\",\"sha256\":\""
                                            + "0".repeat(64)
                                            + "\"}]}")
                            .expect(202)
                            .json();
            assertThat(ended(hashed.path("id").asText()).path("problem").asText()).contains("has the SHA-256");
        }
        diptych.post("/api/v1/models", "{\"id\":\"bob/x\"}").expect(400);
        diptych.post("/api/v1/models", "{\"id\":\"bob/x\",\"files\":[{\"url\":\"https://example.org/\"}]}").expect(400);
        diptych.post(
                        "/api/v1/models",
                        "{\"id\":\"portraits/clip\",\"files\":[{\"url\":\"https://example.org/x.safetensors\"}]}")
                .expect(409);
    }

    @Test
    void a_job_that_names_an_unknown_model_is_refused_with_the_nearest() {
        String document = TestServer.document("test/model", "\"model\":{\"value\":\"portrait/clip\"}");

        JsonNode problem = diptych.post("/api/v1/jobs", "{\"workflow\":" + document + "}").expect(422).json();
        JsonNode validated = diptych.post("/api/v1/workflows/validate", document).expect(200).json();

        assertThat(problem.path("problems").get(0).path("message").asText())
                .isEqualTo("There is no model \"portrait/clip\".");
        assertThat(problem.path("problems").get(0).path("next").asText()).isEqualTo("Did you mean \"portraits/clip\"?");
        assertThat(problem.path("problems").get(0).path("node").asText()).isEqualTo("n");
        assertThat(problem.path("problems").get(0).path("port").asText()).isEqualTo("model");
        assertThat(validated.path("problems")).hasSize(1);
    }

    @Test
    void a_document_keeps_the_name_of_a_model_that_is_not_installed() {
        String document =
                TestServer.document("test/model", "\"model\":{\"input\":\"m\"}")
                        .replace(
                                "\"name\":\"one\",",
                                "\"name\":\"kept\",\"inputs\":{\"m\":{\"type\":\"model\",\"default\":\"nobody/nothing\"}},");

        diptych.call("PUT", "/api/v1/workflows/kept", document.getBytes()).expect(200);
        assertThat(
                        diptych.post("/api/v1/workflows/validate", document)
                                .expect(200)
                                .json()
                                .path("problems")
                                .get(0)
                                .path("code")
                                .asText())
                .isEqualTo("engine/unknown-model");
        diptych.post("/api/v1/workflows/kept/run", "{}").expect(422);
        String given =
                diptych.post("/api/v1/workflows/kept/run", "{\"m\":\"portraits/clip\"}")
                        .expect(201)
                        .json()
                        .path("id")
                        .asText();
        assertThat(diptych.awaitEnd(given).path("outputs").path("text").path("value").asText())
                .isEqualTo("[model] clip");
    }

    @Test
    void changed_weights_run_a_node_again_and_say_so() throws Exception {
        Path calls = data.resolve("calls");
        upload("ann/changing", 1);
        String document =
                TestServer.document(
                        "test/model",
                        "\"model\":{\"value\":\"ann/changing\"},\"file\":{\"value\":\""
                                + calls.toString().replace("\\", "/")
                                + "\"}");
        diptych.awaitEnd(diptych.submit(document));
        diptych.awaitEnd(diptych.submit(document));
        assertThat(calls).hasContent("x");

        Files.write(data.resolve("models/ann/changing/model.safetensors"), TinyModel.weights(8, 2));
        JsonNode job = diptych.awaitEnd(diptych.submit(document));

        assertThat(calls).hasContent("xx");
        assertThat(job.path("nodes").get(0).path("missReason").asText()).isEqualTo("model ann/changing changed");
    }

    @Test
    void the_schema_of_a_node_offers_the_installed_models() {
        upload("ann/offered", 3);
        put("ann/lora", "x.safetensors", TinyModel.weights("x.lora_down.weight", 4, 1)).expect(201);
        diptych.post("/api/v1/models/ann%2Flora/install", "").expect(201);

        JsonNode port = diptych.get("/api/v1/nodes/test/model").expect(200).json().path("inputs").get(0);
        String tag = diptych.get("/api/v1/nodes").expect(200).header("ETag");

        assertThat(port.path("options").toString())
                .contains("ann/offered", "portraits/clip")
                .doesNotContain("ann/lora");
        diptych.call("DELETE", "/api/v1/models/ann%2Foffered", null).expect(204);
        assertThat(diptych.get("/api/v1/nodes").expect(200).header("ETag")).isNotEqualTo(tag);
    }

    @Test
    void only_an_admin_changes_models(@TempDir Path folder) {
        try (TestServer guarded = TestServer.withoutWorker(folder, ServerSettings.usual(0))) {
            String admin = token(guarded, "root", "admin");
            String ann = token(guarded, "ann", "run", "Authorization", "Bearer " + admin);
            String[] hers = {"Authorization", "Bearer " + ann};
            guarded.call("GET", "/api/v1/models", null, hers).expect(200);
            guarded.call("PUT", "/api/v1/models/x/files?path=config.json", new byte[1], hers).expect(403);
            guarded.call("POST", "/api/v1/models/x/install", null, hers).expect(403);
            guarded.call("DELETE", "/api/v1/models/x", null, hers).expect(403);
            guarded.call("POST", "/api/v1/models", "{}".getBytes(), hers).expect(403);
            guarded.call("DELETE", "/api/v1/model-additions/x", null, hers).expect(403);
        }
    }

    private static String token(TestServer server, String owner, String scope, String... headers) {
        return server.post("/api/v1/tokens", "{\"owner\":\"" + owner + "\",\"scopes\":[\"" + scope + "\"]}", headers)
                .expect(201)
                .json()
                .path("token")
                .asText();
    }
}
