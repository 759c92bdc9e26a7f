// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.StrictJson;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads the JSON files of a model: indexes and configurations, with the numbers that are not finite as Python writes them.
final class JsonFiles {
    static final int MOST_BYTES = 32 << 20;

    private static final StrictJson JSON = StrictJson.asPythonWrites(MOST_BYTES);

    private JsonFiles() {}

    /// @throws dev.diptych.api.error.NodeException `code`, if this is no JSON object
    static ObjectNode read(Path file, String code) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        return read(bytes, BadFile.place(file), code);
    }

    static ObjectNode read(byte[] bytes, String place, String code) {
        JsonNode json;
        try {
            json = JSON.read(bytes);
        } catch (DocumentException e) {
            throw BadFile.of(code, place, e.problems().getFirst().message()).causedBy(e);
        }
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw BadFile.of(code, place, "a JSON object is needed.");
    }
}
