// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.node.NodeDocument;
import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// A node of a document, while migrations work on it.
final class StoredNode implements NodeDocument {
    private String type;
    private int version;
    private final LinkedHashMap<String, Binding> in;
    private final Map<String, String> renamedOutputs = new LinkedHashMap<>();

    StoredNode(WorkflowDocument.Node node) {
        type = node.type();
        version = node.version();
        in = new LinkedHashMap<>(node.in());
    }

    String type() {
        return type;
    }

    int version() {
        return version;
    }

    void nextVersion() {
        version++;
    }

    WorkflowDocument.Node node() {
        return new WorkflowDocument.Node(type, version, in);
    }

    Map<String, String> renamedOutputs() {
        return renamedOutputs;
    }

    private @Nullable JsonNode literal(String input) {
        return in.get(input) instanceof Binding.Literal literal ? literal.value() : null;
    }

    @Override
    public OptionalDouble number(String input) {
        JsonNode value = literal(input);
        return value != null && value.isNumber() ? OptionalDouble.of(value.doubleValue()) : OptionalDouble.empty();
    }

    @Override
    public Optional<String> text(String input) {
        JsonNode value = literal(input);
        return value != null && value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    @Override
    public Optional<Boolean> bool(String input) {
        JsonNode value = literal(input);
        return value != null && value.isBoolean() ? Optional.of(value.booleanValue()) : Optional.empty();
    }

    @Override
    public void set(String input, Object value) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        in.put(
                input,
                new Binding.Literal(
                        switch (value) {
                            case String text -> json.textNode(text);
                            case Boolean bool -> json.booleanNode(bool);
                            case Integer number -> json.numberNode(number);
                            case Long number -> json.numberNode(number);
                            case Number number -> json.numberNode(number.doubleValue());
                            default ->
                                    throw new IllegalArgumentException(
                                            "A migration writes numbers, text and truth values, not "
                                                    + value.getClass());
                        }));
    }

    @Override
    public boolean has(String input) {
        return in.containsKey(input);
    }

    @Override
    public void remove(String input) {
        in.remove(input);
    }

    @Override
    public void rename(String input, String newName) {
        Binding binding = in.remove(input);
        if (binding != null) {
            in.put(newName, binding);
        }
    }

    @Override
    public void renameOutput(String output, String newName) {
        boolean isChain = false;
        for (Map.Entry<String, String> renamed : renamedOutputs.entrySet()) {
            if (renamed.getValue().equals(output)) {
                renamed.setValue(newName);
                isChain = true;
            }
        }
        if (!isChain) {
            renamedOutputs.put(output, newName);
        }
    }

    @Override
    public void renameType(String newType, int newVersion) {
        type = newType;
        version = newVersion;
    }
}
