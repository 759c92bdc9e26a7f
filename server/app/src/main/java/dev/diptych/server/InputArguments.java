// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.value.Seed;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.server.option.SeedText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/// The inputs of a workflow as a command line gives them: `name=value`, `name=@file`, and `name=@@text` for a text that begins with an `@`; a name that is
/// repeated makes a list.
final class InputArguments {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final StrictJson READER = new StrictJson();

    private final WorkflowDocument document;
    private final FileImport files;
    private final Set<String> namesWithFiles = new LinkedHashSet<>();

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
        values.replaceAll((name, value) -> isListFor(name) && !value.isArray() ? JSON.arrayNode().add(value) : value);
        return values;
    }

    private boolean isListFor(String name) {
        WorkflowDocument.Input input = document.inputs().get(name);
        return input != null && input.type() instanceof PortType.ListOf;
    }

    /// Names of the inputs that a file was brought in for.
    List<String> namesWithFiles() {
        return List.copyOf(namesWithFiles);
    }

    /// `count` seeds in sequence for each seed of the workflow, from `first` or from the given or default seed.
    ///
    /// @throws IllegalArgumentException if there is no seed to count from, or more than one
    void sweepSeeds(Map<String, JsonNode> values, int count, @Nullable Seed first) {
        Map<String, WorkflowDocument.Input> seeds = new LinkedHashMap<>(document.inputs());
        seeds.values().removeIf(input -> input.type() != PortType.Basic.SEED);
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException(
                    "The workflow \""
                            + document.name()
                            + "\" has no input of type seed: -n and --seed have nothing to vary. "
                            + known());
        }
        seeds.forEach((name, input) -> {
            Seed start =
                    first == null
                            ? start(name, values.getOrDefault(name, input.defaultValue()))
                            : onlyFirst(name, values, first);
            values.put(name, count == 1 ? literal(start) : sequence(start, count));
        });
    }

    private static Seed onlyFirst(String name, Map<String, JsonNode> values, Seed first) {
        if (values.containsKey(name)) {
            throw new IllegalArgumentException(
                    "-i " + name + " and --seed both say what the seed is. Leave one of them out.");
        }
        return first;
    }

    /// @param start given or the default
    private static Seed start(String name, @Nullable JsonNode start) {
        if (start == null) {
            return new Seed(0);
        }
        if (start.isContainerNode()) {
            throw new IllegalArgumentException(
                    "-i " + name + " gives several seeds, and -n counts from one. Leave one of them out.");
        }
        return seed(name, start.asText());
    }

    private static Seed seed(String name, String text) {
        try {
            return SeedText.read(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-i " + name + ": " + e.getMessage(), e);
        }
    }

    private static ArrayNode sequence(Seed first, int count) {
        ArrayNode seeds = JSON.arrayNode(count);
        for (int i = 0; i < count; i++) {
            seeds.add(literal(first.plus(i)));
        }
        return seeds;
    }

    /// Exact in every reader of JSON: a number up to 2^53, decimal text above.
    private static JsonNode literal(Seed seed) {
        return seed.value() >= 0 && seed.value() <= 1L << 53
                ? JSON.numberNode(seed.value())
                : JSON.textNode(seed.toString());
    }

    private JsonNode value(String name, PortType type, String written) throws IOException {
        PortType element = type instanceof PortType.ListOf list ? list.element() : type;
        if (written.startsWith("@") && !written.startsWith("@@")) {
            return fromFile(name, element, Path.of(written.substring(1)));
        }
        String text = written.startsWith("@@") ? written.substring(1) : written;
        if (type == PortType.Basic.TEXT) {
            return JSON.textNode(text);
        }
        if (text.startsWith("[") || text.startsWith("{") && element != PortType.Basic.TEXT) {
            return json(text, cause -> "-i " + name + ": " + cause + listForm(name));
        }
        return element instanceof PortType.Basic basic ? basic(name, basic, text) : JSON.textNode(text);
    }

    private JsonNode fromFile(String name, PortType element, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("-i " + name + ": there is no file " + file + ".");
        }
        namesWithFiles.add(name);
        if (element != PortType.Basic.TEXT) {
            return JSON.textNode(files.reference(file));
        }
        try {
            return JSON.textNode(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("-i " + name + ": " + file + " is no text in UTF-8.", e);
        }
    }

    private static JsonNode basic(String name, PortType.Basic type, String text) {
        return switch (type) {
            case SEED -> literal(seed(name, text));
            case NUMBER, INTEGER, BOOLEAN ->
                    json(text, _ -> "-i " + name + ": " + type.label() + " is needed, not \"" + text + "\".");
            case IMAGE, MASK -> {
                if (!text.startsWith("asset:")) {
                    throw new IllegalArgumentException(
                            "-i " + name + ": a picture is brought in by its file: -i " + name + "=@" + text);
                }
                yield JSON.textNode(text);
            }
            case TEXT, MODEL, EMBEDDING, LATENT, TENSOR, VIDEO -> JSON.textNode(text);
        };
    }

    /// @param told what to say, given what is wrong with the JSON
    private static JsonNode json(String text, UnaryOperator<String> told) {
        try {
            return READER.read(text);
        } catch (DocumentException e) {
            throw new IllegalArgumentException(told.apply(e.problems().getFirst().message()), e);
        }
    }

    private static String listForm(String name) {
        return " A list is written as [1, 2] or [\"a\", \"b\"], or -i " + name + "=… is repeated.";
    }

    private static JsonNode gathered(JsonNode before, JsonNode next) {
        ArrayNode list = before instanceof ArrayNode array ? array : JSON.arrayNode().add(before);
        return list.add(next);
    }

    private String known() {
        return document.inputs().isEmpty()
                ? "It has no inputs."
                : "Its inputs: " + String.join(", ", new TreeSet<>(document.inputs().keySet())) + ".";
    }
}
