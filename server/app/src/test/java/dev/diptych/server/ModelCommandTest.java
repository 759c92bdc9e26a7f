// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.value.Digests;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

@Timeout(120)
class ModelCommandTest {
    @TempDir Path folder;

    private Path data;
    private String out = "";
    private String err = "";
    private String home = "";

    @BeforeEach
    void begin() {
        data = folder.resolve("data");
        home = System.getProperty("diptych.home", "");
        System.setProperty("diptych.home", Path.of("../..").toAbsolutePath().normalize().toString());
    }

    @AfterEach
    void end() {
        System.setProperty("diptych.home", home);
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("model"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        RanCommand ran = RanCommand.of(all);
        out = ran.out();
        err = ran.err();
        return ran.exit();
    }

    @Test
    void the_bundled_models_are_listed_and_shown() throws Exception {
        assertThat(run("list")).as(err).isZero();
        assertThat(out).contains("portraits/clip ", "CLIP, 2.5 M parameters, 5.1 MB");
        assertThat(run("list", "--json")).isZero();
        JsonNode list = new ObjectMapper().readTree(out);
        assertThat(list.findValuesAsText("id")).contains("portraits/clip", "portraits/attributes");
        assertThat(run("show", "portraits/clip")).isZero();
        assertThat(out).contains("licence", "Apache-2.0", "a plugin", "CLIPModel");
        assertThat(run("show", "portraits/clop")).isEqualTo(1);
        assertThat(err).contains("There is no model \"portraits/clop\". Did you mean \"portraits/clip\"?");
    }

    @Test
    void a_folder_is_copied_or_linked_and_removed() {
        Path source = TinyModel.write(folder.resolve("tiny"), 1);

        assertThat(run("add", source.toString(), "--as", "ann/copy")).as(err).isZero();
        assertThat(out).contains("ann/copy: CLIP, 8 parameters");
        assertThat(run("add", source.toString(), "--link")).as(err).isZero();
        assertThat(run("list")).isZero();
        assertThat(out).contains("ann/copy ", "tiny ");
        assertThat(run("add", source.toString(), "--as", "ann/copy")).isEqualTo(1);
        assertThat(err).contains("There is a model \"ann/copy\" already.");
        assertThat(data.resolve("models/tiny")).isSymbolicLink();
        assertThat(run("remove", "ann/copy")).isZero();
        assertThat(run("remove", "tiny")).isZero();
        assertThat(source.resolve("config.json")).exists();
        assertThat(run("remove", "tiny")).isEqualTo(1);
        assertThat(run("remove", "portraits/clip")).isEqualTo(1);
        assertThat(err).contains("comes with a plugin");
    }

    @Test
    void a_file_must_have_the_hash_that_is_told() throws Exception {
        byte[] weights = TinyModel.weights(4, 1);
        Path file = Files.write(folder.resolve("one.safetensors"), weights);

        assertThat(run("add", file.toString(), "--sha256", "0".repeat(64))).isEqualTo(1);
        assertThat(err).contains("has the SHA-256 " + Digests.of(weights));
        assertThat(run("add", file.toString(), "--sha256", Digests.of(weights))).as(err).isZero();
        assertThat(data.resolve("models/one.safetensors")).hasBinaryContent(weights);
    }

    @Test
    void what_is_no_model_or_not_there_is_refused() throws Exception {
        Path none = Files.createDirectories(folder.resolve("none"));
        Files.writeString(none.resolve("notes.md"), "nothing");

        assertThat(run("add", none.toString())).isEqualTo(1);
        assertThat(err).contains("this is no model");
        assertThat(run("add", folder.resolve("gone").toString())).isEqualTo(1);
        assertThat(err).contains("There is no file or folder");
        assertThat(run("add", "https://127.0.0.1/x.safetensors")).isEqualTo(1);
        assertThat(err).contains("--as is needed");
        assertThat(run("add", "https://127.0.0.1/x.safetensors", "--as", "a/b")).isEqualTo(1);
        assertThat(err).contains("private network");
        assertThat(run("add", "http://example.org/x.safetensors", "--as", "a/b")).isEqualTo(1);
        assertThat(err).contains("https is needed");
        assertThat(run("add", none.toString(), "--as", "../evil")).isEqualTo(1);
        assertThat(err).contains("cannot be the name of a model");
    }

    @Test
    void verify_finds_a_file_that_rotted() throws Exception {
        Path source = TinyModel.write(folder.resolve("tiny"), 1);
        assertThat(run("add", source.toString(), "--as", "ann/tiny")).isZero();
        assertThat(run("verify", "ann/tiny")).as(out + err).isZero();
        assertThat(out).contains("ann/tiny  good, 2 files");
        Path weights = data.resolve("models/ann/tiny/model.safetensors");
        FileTime time = FileTime.from(Instant.now().minusSeconds(100));
        Files.setLastModifiedTime(weights, time);
        assertThat(run("verify", "ann/tiny")).isZero();

        byte[] rotten = Files.readAllBytes(weights);
        rotten[rotten.length - 1] ^= 1;
        Files.write(weights, rotten);
        Files.setLastModifiedTime(weights, time);

        assertThat(run("verify", "ann/tiny")).isEqualTo(1);
        assertThat(out).contains("damaged: model.safetensors");
    }

    @Test
    void a_further_folder_of_models_is_looked_into_too() {
        TinyModel.write(folder.resolve("shelf/bob/net"), 1);

        assertThat(run("list", "--models", folder.resolve("shelf").toString())).isZero();
        assertThat(out).contains("bob/net");
        assertThat(run("remove", "bob/net", "--models", folder.resolve("shelf").toString())).isEqualTo(1);
        assertThat(err).contains("lies in a folder that the configuration names");
    }
}
