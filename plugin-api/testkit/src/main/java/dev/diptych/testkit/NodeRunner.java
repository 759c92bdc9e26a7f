// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.model.Model;
import dev.diptych.api.node.Node;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.RecordNodeInvoker;
import dev.diptych.engine.plugin.SchemaReader;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// Runs one node in a test, as the engine would: its schema is read and checked, defaults stand in, ranges hold.
///
/// ```java
/// var out = NodeRunner.of(Vignette.class).with("image", Images.white(64, 64)).with("strength", 1).run();
/// ```
public final class NodeRunner {
    private final Class<?> type;
    private final NodeSchema schema;
    private final Map<String, Object> inputs = new LinkedHashMap<>();
    private ModelProvider models = ModelProvider.none();
    private int cancelAfterSteps = Integer.MAX_VALUE;

    private NodeRunner(Class<?> type) {
        this.type = type;
        this.schema = SchemaReader.read(type, "test", "");
    }

    /// @throws dev.diptych.engine.plugin.SchemaException if the node's declaration is wrong
    public static NodeRunner of(Class<? extends Node<?, ?>> type) {
        return new NodeRunner(type);
    }

    public NodeSchema schema() {
        return schema;
    }

    /// @param value a value of the port's type: any Java number for a number, an enum constant or its word for a choice, the plugin's own record
    /// @throws IllegalArgumentException if there is no such port, or it does not take the value
    public NodeRunner with(String port, Object value) {
        PortSchema declared = schema.inputs().get(port);
        if (declared == null) {
            throw new IllegalArgumentException(
                    schema.type() + " has no input \"" + port + "\", it has " + schema.inputs().keySet());
        }
        inputs.put(port, GivenValues.value(declared, value));
        return this;
    }

    /// The models that the node may ask for.
    public NodeRunner withModels(BiFunction<ModelReference, String, Model> provider) {
        return withModels(new GivenModels(provider));
    }

    /// The models that the node may ask for, with their tokenizers and settings.
    public NodeRunner withModels(ModelProvider provider) {
        models = provider;
        return this;
    }

    /// Cancels before this turn of the node's loops, counted from 0.
    public NodeRunner cancelledAfter(int steps) {
        cancelAfterSteps = steps;
        return this;
    }

    /// @throws dev.diptych.api.error.NodeException               as the engine would report it
    /// @throws java.util.concurrent.CancellationException if the run was cancelled
    public NodeResult run() {
        Map<String, Object> values = new LinkedHashMap<>();
        Literals literals = new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
        for (PortSchema port : schema.inputs().values()) {
            Object value = inputs.get(port.name());
            JsonNode standIn = port.defaultValue();
            if (value != null) {
                values.put(port.name(), value);
            } else if (standIn != null) {
                values.put(port.name(), literals.value(standIn, port.type()).value());
            }
        }
        try (RecordingContext context = new RecordingContext(models, cancelAfterSteps)) {
            Map<String, Object> outputs = new RecordNodeInvoker(type).invoke(values, context);
            return new NodeResult(outputs, context.progress(), context.previews());
        }
    }
}
