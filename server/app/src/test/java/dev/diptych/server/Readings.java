// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the attribute classifier reads from pictures.
record Readings(JsonNode best, JsonNode all) {
    private static final String DOCUMENT =
            """
            { "diptych": 1, "name": "readings", "title": "Readings",
              "inputs": {"images": {"type": {"list": "image"}}},
              "nodes": {"read": {"type": "portraits/read-attributes", "version": 1, "in": {"image": {"input": "images"}}}},
              "outputs": {"best": {"node": "read", "out": "readings"}, "all": {"node": "read", "out": "all"}} }
            """;

    /// @param portraits names of sample pictures
    static Readings of(Path folder, String... portraits) throws IOException {
        return ofImages(folder, Arrays.stream(portraits).map(name -> "asset:portraits/" + name + ".png").toList());
    }

    /// @param images as `-i` takes them
    static Readings ofImages(Path folder, List<String> images) throws IOException {
        Path document = Files.writeString(folder.resolve("readings.json"), DOCUMENT);
        List<String> arguments = new ArrayList<>();
        images.forEach(image -> arguments.addAll(List.of("-i", "images=" + image)));
        RanWorkflow ran = RanWorkflow.run(folder, document, arguments.toArray(String[]::new));
        if (ran.exit() != 0) {
            throw new AssertionError(ran.err() + ran.out());
        }
        return new Readings(ran.output("best"), ran.output("all"));
    }

    /// The likeliest value of each attribute.
    Map<String, String> of(int picture) {
        Map<String, String> values = new LinkedHashMap<>();
        best.get(picture).forEach(each -> values.put(each.get("attribute").textValue(), each.get("value").textValue()));
        return values;
    }

    /// Of each value of an attribute.
    Map<String, Double> probabilities(int picture, String attribute) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (JsonNode each : all.get(picture)) {
            if (each.get("attribute").textValue().equals(attribute)) {
                values.put(each.get("value").textValue(), each.get("probability").doubleValue());
            }
        }
        return values;
    }
}
