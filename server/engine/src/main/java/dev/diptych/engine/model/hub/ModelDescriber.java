// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds out what a model is from its configurations and the headers of its weights. A broken part is told and costs nothing else.
final class ModelDescriber {
    private ModelDescriber() {}

    static ModelDescription describe(OpenedModel model) {
        try {
            return model.folder() == null ? file(model) : folder(model, model.folder());
        } catch (IOException | RuntimeException e) {
            return broken(model.found(), e);
        }
    }

    static ModelDescription broken(FoundModel found, Exception e) {
        return new ModelDescription(
                found.id(),
                found.root().origin(),
                "unknown",
                null,
                List.of(),
                null,
                null,
                0,
                List.of(),
                List.of(),
                reason(e));
    }

    /// What an error says, for whoever looks at a list.
    static String reason(Exception e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return e instanceof NodeException node
                ? message + node.next().map(next -> " " + next).orElse("")
                : "it cannot be read: " + message;
    }

    private static ModelDescription folder(OpenedModel model, ModelFolder folder) throws IOException {
        List<ModelDescription.Part> parts = new ArrayList<>();
        for (ModelComponent component : folder.components().values()) {
            parts.add(part(component));
        }
        Family family = Families.of(folder);
        return new ModelDescription(
                model.found().id(),
                model.found().root().origin(),
                family.name(),
                folder.className().orElse(null),
                family.tasks(),
                Licences.of(model.found(), Map.of()),
                ModelCard.of(model.found()).summary(),
                model.snapshot().bytes(),
                parts,
                folder.missing().keySet().stream().sorted().toList(),
                parts.stream()
                        .filter(part -> part.problem() != null)
                        .map(part -> part.name() + ": " + part.problem())
                        .findFirst()
                        .orElse(null));
    }

    private static ModelDescription.Part part(ModelComponent component) {
        String className = component.className().orElse(component.config().path("model_type").textValue());
        try {
            List<String> variants = component.variants();
            if (component.weights(null).isEmpty()) {
                return new ModelDescription.Part(component.name(), className, 0, 0, Set.of(), variants, null);
            }
            try (Checkpoint weights = component.open()) {
                return part(component.name(), className, weights, variants);
            }
        } catch (IOException | RuntimeException e) {
            return new ModelDescription.Part(component.name(), className, 0, 0, Set.of(), List.of(), reason(e));
        }
    }

    private static ModelDescription.Part part(
            String name, @Nullable String className, Checkpoint weights, List<String> variants) {
        long parameters = 0;
        long bytes = 0;
        Set<ElementType> formats = EnumSet.noneOf(ElementType.class);
        for (StoredTensor tensor : weights.tensors().values()) {
            bytes += tensor.bytes();
            if (tensor.type().isFloating()) {
                parameters += tensor.elements();
                formats.add(tensor.type());
            }
        }
        return new ModelDescription.Part(name, className, parameters, bytes, formats, variants, null);
    }

    private static ModelDescription file(OpenedModel model) throws IOException {
        List<ModelDescription.Part> parts = new ArrayList<>();
        for (String component : model.components()) {
            String className = component.equals(ModelFolder.ONLY) ? null : model.className(component);
            if (model.hasWeights(component)) {
                try (Checkpoint weights = model.open(component)) {
                    parts.add(part(component, className, weights, List.of()));
                }
            } else {
                parts.add(new ModelDescription.Part(component, className, 0, 0, Set.of(), List.of(), null));
            }
        }
        try (Checkpoint weights = model.open(model.components().getFirst())) {
            Family family = Families.ofLayout(model.layout().orElse(LayoutMarks.Layout.UNKNOWN));
            return new ModelDescription(
                    model.found().id(),
                    model.found().root().origin(),
                    family.name(),
                    null,
                    family.tasks(),
                    Licences.of(model.found(), weights.metadata()),
                    null,
                    model.snapshot().bytes(),
                    parts,
                    List.of(),
                    null);
        }
    }
}
