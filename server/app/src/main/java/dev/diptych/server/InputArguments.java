// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The inputs of a workflow as a command line gives them: `name=value`, `name=@file`; a name that is repeated makes a list.
final class InputArguments {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WorkflowDocument document;
    private final FileImport files;

    /// Brings a file in, and gives the reference that a document may hold.
    @FunctionalInterface
    interface FileImport {
        /// @return for example `asset:<sha256>`
        String reference(Path file) throws IOException;
    }

    InputArguments(WorkflowDocument document, FileImport files) {
        this.document = document;
        this.files = files;
    }

    /// @throws IllegalArgumentException if an argument cannot be read, with what to write instead
    /// @throws IOException              if a file cannot be read
    Map<String, JsonNode> parse(List<String> arguments) throws IOException {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "-i " + argument + ": write -i name=value, or -i name=@file. " + known());
            }
            String name = argument.substring(0, equals);
            WorkflowDocument.Input input = document.inputs().get(name);
            if (input == null) {
                throw new IllegalArgumentException("-i " + name + ": the workflow has no such input. " + known());
            }
            values.merge(name, value(name, input.type(), argument.substring(equals + 1)), InputArguments::gathered);
        }
        values.replaceAll(
                (name, value) -> isListFor(name) && !value.isArray() ? JSON.createArrayNode().add(value) : value);
        return values;
    }

    private boolean isListFor(String name) {
        WorkflowDocument.Input input = document.inputs().get(name);
        return input != null && input.type() instanceof PortType.ListOf;
    }

    /// `count` seeds in sequence for each seed of the workflow, from `first` or from the given or default seed.
    ///
    /// @throws IllegalArgumentException if there is no seed to count from
    void sweepSeeds(Map<String, JsonNode> values, int count, @Nullable Long first) {
        boolean found = false;
        for (Map.Entry<String, WorkflowDocument.Input> entry : document.inputs().entrySet()) {
            if (entry.getValue().type() != PortType.Basic.SEED) {
                continue;
            }
            found = true;
            JsonNode start = values.getOrDefault(entry.getKey(), entry.getValue().defaultValue());
            long seed = first != null ? first : start == null ? 0 : seed(start);
            if (count == 1) {
                values.put(entry.getKey(), literal(seed));
                continue;
            }
            ArrayNode seeds = JSON.createArrayNode();
            for (int i = 0; i < count; i++) {
                seeds.add(literal(seed + i));
            }
            values.put(entry.getKey(), seeds);
        }
        if (!found) {
            throw new IllegalArgumentException(
                    "The workflow \""
                            + document.name()
                            + "\" has no input of type seed: -n and --seed have nothing to vary. "
                            + known());
        }
    }

    private static long seed(JsonNode node) {
        return node.isTextual() ? Long.parseUnsignedLong(node.textValue()) : node.longValue();
    }

    /// Exact in every reader of JSON: a number up to 2^53, decimal text above.
    private static JsonNode literal(long seed) {
        return seed >= 0 && seed <= 1L << 53
                ? JsonNodeFactory.instance.numberNode(seed)
                : JsonNodeFactory.instance.textNode(Long.toUnsignedString(seed));
    }

    private JsonNode value(String name, PortType type, String text) throws IOException {
        PortType element = type instanceof PortType.ListOf list ? list.element() : type;
        if (text.startsWith("@")) {
            Path file = Path.of(text.substring(1));
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("-i " + name + ": there is no file " + file + ".");
            }
            return element == PortType.Basic.TEXT
                    ? JsonNodeFactory.instance.textNode(Files.readString(file))
                    : JsonNodeFactory.instance.textNode(files.reference(file));
        }
        if (text.startsWith("[") || (text.startsWith("{") && element != PortType.Basic.TEXT)) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        "-i " + name + ": this is no JSON: " + e.getOriginalMessage() + ".", e);
            }
        }
        if (element == PortType.Basic.SEED) {
            try {
                return literal(text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "-i " + name + ": a seed is a whole number of 64 bits, not " + text + ".", e);
            }
        }
        if (element == PortType.Basic.NUMBER
                || element == PortType.Basic.INTEGER
                || element == PortType.Basic.BOOLEAN) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        "-i " + name + ": " + element.label() + " is needed, not " + text + ".", e);
            }
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    private static JsonNode gathered(JsonNode before, JsonNode next) {
        ArrayNode list = before instanceof ArrayNode array ? array : JSON.createArrayNode().add(before);
        return list.add(next);
    }

    private String known() {
        return document.inputs().isEmpty()
                ? "It has no inputs."
                : "Its inputs: " + String.join(", ", new TreeSet<>(document.inputs().keySet())) + ".";
    }
}
