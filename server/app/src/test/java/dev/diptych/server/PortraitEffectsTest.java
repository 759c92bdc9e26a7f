// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the workflows do on the trained models of the checkout, as the attribute classifier sees it. How often they succeed is for `diptych bench edits` to say.
class PortraitEffectsTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    private RanWorkflow run(String name, String... inputs) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String input : inputs) {
            arguments.addAll(List.of("-i", input));
        }
        RanWorkflow ran =
                RanWorkflow.run(
                        folder,
                        CHECKOUT.resolve("workflows").resolve(name + ".json"),
                        arguments.toArray(String[]::new));
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran;
    }

    private Readings read(JsonNode... files) throws IOException {
        List<String> images = new ArrayList<>();
        for (JsonNode file : files) {
            (file.isArray() ? file : List.of(file)).forEach(each -> images.add(path(each)));
        }
        return Readings.ofImages(folder, images);
    }

    private static String path(JsonNode file) {
        return "@" + (file.isTextual() ? file.textValue() : file.path("file").textValue());
    }

    @Test
    void a_caption_becomes_what_it_says() throws IOException {
        Readings readings =
                read(
                        run("text-to-image", "text=a panda wearing a red scarf, mint background").output("small"),
                        run("text-to-image", "text=a gray cat with a blue top hat").output("small"));

        assertThat(readings.of(0))
                .containsAllEntriesOf(
                        Map.of(
                                "species",
                                "panda",
                                "neckwear",
                                "scarf",
                                "neckwear_colour",
                                "red",
                                "background",
                                "mint"));
        assertThat(readings.of(1)).containsAllEntriesOf(Map.of("species", "cat", "fur", "gray"));
    }
}
