// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the attribute classifier reads from one picture.
///
/// @param probabilities by attribute and value
record PortraitReadings(Map<String, Map<String, Double>> probabilities) {
    private static final String DOCUMENT =
            """
            { "diptych": 1, "name": "readings",
              "inputs": {"images": {"type": {"list": "image"}}},
              "nodes": {"read": {"type": "portraits/read-attributes", "version": 1, "in": {"image": {"input": "images"}}}},
              "outputs": {"all": {"node": "read", "out": "all"}} }
            """;

    /// @param images as outputs name them
    static List<PortraitReadings> of(EditRunner runner, List<String> images) throws IOException, InterruptedException {
        if (images.isEmpty()) {
            return List.of();
        }
        JsonNode document = EditRunner.document(DOCUMENT);
        JsonNode outputs = runner.run(new EditRunner.Request(document, Map.of("images", images)), true);
        List<PortraitReadings> readings = new ArrayList<>();
        for (JsonNode picture : outputs.path("all")) {
            Map<String, Map<String, Double>> probabilities = new LinkedHashMap<>();
            for (JsonNode each : picture) {
                probabilities
                        .computeIfAbsent(each.path("attribute").asText(), _ -> new LinkedHashMap<>())
                        .put(each.path("value").asText(), each.path("probability").asDouble());
            }
            readings.add(new PortraitReadings(probabilities));
        }
        return readings;
    }

    /// The likeliest.
    String value(String attribute) {
        return of(attribute).entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey).orElse("");
    }

    /// Whether these attributes are as told.
    boolean shows(Map<String, String> values, Set<String> attributes) {
        return attributes.stream().allMatch(attribute -> value(attribute).equals(values.get(attribute)));
    }

    double logarithm(String attribute, String value) {
        return Math.log(Math.max(1e-12, of(attribute).getOrDefault(value, 0.0)));
    }

    private Map<String, Double> of(String attribute) {
        return probabilities.getOrDefault(attribute, Map.of());
    }
}
