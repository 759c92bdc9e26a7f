// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.StrictJson;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/// A case in its folder.
record CaseFolder(String name, Path folder, Map<String, @Nullable Object> json, String kind, String architecture)
        implements ConformanceCase {
    static final String FILE = "case.json";
    private static final StrictJson JSON = new StrictJson();

    /// @throws CaseFailure if `case.json` is no JSON object, or names no kind
    static CaseFolder read(String name, Path folder) throws IOException {
        JsonNode tree;
        try {
            tree = JSON.read(Files.readAllBytes(folder.resolve(FILE)));
        } catch (DocumentException e) {
            throw new CaseFailure(FILE + ": " + e.problems().getFirst().message());
        }
        if (!tree.isObject()) {
            throw new CaseFailure(FILE + ": an object is needed.");
        }
        if (!tree.path("kind").isTextual()) {
            throw new CaseFailure(FILE + ": \"kind\" is missing; it says what the case compares.");
        }
        String architecture = tree.path("architecture").asText("");
        return new CaseFolder(name, folder, JsonTree.object(tree), tree.path("kind").textValue(), architecture);
    }

    @Override
    public Map<String, Tensor> inputs() {
        return tensors("inputs");
    }

    @Override
    public Map<String, Tensor> outputs() {
        return tensors("outputs");
    }

    private Map<String, Tensor> tensors(String key) {
        Object file = json.get(key);
        if (file == null) {
            return Map.of();
        }
        if (!(file instanceof String fileName)) {
            throw new CaseFailure(FILE + ": \"" + key + "\" is " + file + ", the name of a file is needed.");
        }
        try {
            Path path = folder.resolve(fileName);
            if (!Files.isRegularFile(path)) {
                throw new CaseFailure("There is no file " + fileName + ", which \"" + key + "\" names.");
            }
            return CaseTensors.read(path);
        } catch (InvalidPathException e) {
            throw new CaseFailure(FILE + ": \"" + key + "\" names no file.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
