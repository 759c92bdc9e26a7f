// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.cache.CacheKey;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.value.TypedValue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Under what the calls of a run are found in the cache. Not thread-safe.
final class NodeKeys {
    private static final int SHORT_LITERAL = 40;
    private static final String NOT_INSTALLED = "not installed";

    private final WorkflowExecutor executor;
    private final RunOptions options;
    private final Map<ModelReference, String> modelDigests = new HashMap<>();

    NodeKeys(WorkflowExecutor executor, RunOptions options) {
        this.executor = executor;
        this.options = options;
    }

    /// @param values of the node's inputs in one call
    CacheKey of(NodeSchema schema, Map<String, TypedValue> values) {
        Map<String, String> digests = new TreeMap<>();
        SortedMap<String, String> models = new TreeMap<>();
        values.forEach((port, value) -> {
            digests.put(port, value.digest());
            noteModels(value.value(), models);
        });
        return CacheKey.of(
                schema.type() + " version " + schema.version(),
                schema.pluginDigest(),
                executor.engineVersion(),
                executor.models().computation() + (options.deterministic() ? " deterministic" : ""),
                digests,
                models);
    }

    /// The digests of the models that a value names, so that changed weights are a miss. Each is asked for once in a run.
    private void noteModels(Object value, SortedMap<String, String> models) {
        switch (value) {
            case ModelReference reference ->
                    models.put(
                            modelName(reference),
                            modelDigests.computeIfAbsent(
                                    reference, named -> executor.models().digest(named).orElse(NOT_INSTALLED)));
            case List<?> list -> list.forEach(element -> noteModels(element, models));
            case Map<?, ?> fields -> fields.values().forEach(field -> noteModels(field, models));
            default -> {}
        }
    }

    private static String modelName(ModelReference reference) {
        StringBuilder name = new StringBuilder(reference.id());
        reference.adapters().forEach(adapter -> name.append(" with ").append(adapter.model()));
        return name.toString();
    }

    /// What the key is made of, with short inputs in clear, so that a later run can say what changed since this one.
    static SortedMap<String, String> inWords(CacheKey key, Map<String, TypedValue> values) {
        SortedMap<String, String> shown = new TreeMap<>(key.parts());
        values.forEach((port, value) -> shown.put("input " + port, shown(value)));
        return shown;
    }

    private static String shown(TypedValue value) {
        return switch (value.value()) {
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case Seed seed -> seed.toString();
            case ModelReference model when model.adapters().isEmpty() -> model.id();
            case String words when words.length() <= SHORT_LITERAL -> words;
            default -> value.digest();
        };
    }
}
