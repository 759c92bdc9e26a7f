// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Which models are there, which are broken, and which ones the workflows that came with Diptych miss.
///
/// @param home where these workflows lie, in its folder `workflows`; null for nowhere
record ModelDiagnosis(ModelHub hub, @Nullable Path home) {
    private static final ObjectMapper JSON = new ObjectMapper();

    void examine(Diagnosis page) {
        List<ModelDescription> models = hub.list();
        for (ModelDescription model : models) {
            String what = "Model " + model.id();
            if (model.problem() != null) {
                page.bad(what, model.problem(), "See: diptych model show " + model.id());
            } else if (!model.missing().isEmpty()) {
                page.bad(
                        what,
                        "its index names " + String.join(", ", model.missing()) + ", which are missing",
                        "Fetch them from where the model came from.");
            } else {
                page.good(what, model.family() + ", " + ModelText.size(model.bytes()) + ", " + origin(model.origin()));
            }
        }
        if (models.stream().allMatch(model -> model.origin() == ModelRoot.Origin.PLUGIN)) {
            page.hint(
                    "Models",
                    models.isEmpty() ? "there are none" : "those that came with plugins are small, and know little",
                    "Add one: diptych model add FOLDER-OR-URL --as owner/name");
        }
        examineWorkflows(page);
    }

    private static String origin(ModelRoot.Origin origin) {
        return switch (origin) {
            case DATA -> "added";
            case FOLDER -> "in a configured folder";
            case PLUGIN -> "came with a plugin";
        };
    }

    private void examineWorkflows(Diagnosis page) {
        if (home == null) {
            return;
        }
        Map<String, TreeSet<String>> lacking = new TreeMap<>();
        int count = 0;
        try (Stream<Path> files = Files.list(home.resolve("workflows"))) {
            for (Path file : (Iterable<Path>) files.filter(file -> file.toString().endsWith(".json"))::iterator) {
                count++;
                for (JsonNode input : JSON.readTree(file.toFile()).path("inputs")) {
                    String model = named(input);
                    if (!model.isEmpty() && !hub.has(model)) {
                        String name = String.valueOf(file.getFileName()).replaceFirst("\\.json$", "");
                        lacking.computeIfAbsent(model, _ -> new TreeSet<>()).add(name);
                    }
                }
            }
        } catch (IOException e) {
            page.bad(
                    "Workflows",
                    "the folder workflows cannot be read (" + e.getMessage() + ")",
                    "Clone the repository, or unpack the release, again.");
            return;
        }
        page.good("Workflows", count + " came with Diptych");
        lacking.forEach((model, workflows) ->
                page.hint(
                        "Model " + model,
                        "it is not here, and is the default of " + String.join(", ", workflows),
                        "Give these another one: -i model=owner/name; the image workflows need none."));
    }

    /// The model that an input names unless it is given one; empty if none.
    private static String named(JsonNode input) {
        JsonNode standIn = input.path("default");
        boolean isModel = input.path("type").asText().equals("model");
        return isModel ? standIn.isObject() ? standIn.path("model").asText() : standIn.asText() : "";
    }
}
