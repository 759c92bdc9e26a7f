// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.adapter.Adapter;
import dev.diptych.engine.model.checkpoint.adapter.AdapterTargets;
import dev.diptych.engine.model.checkpoint.adapter.WeightDelta;
import dev.diptych.engine.value.Digests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// A model with the low-rank adapters and learnt words that a reference names. What an adapter changes and the model has not is an error that lists all
/// of it; components that no adapter changes stay the model's own.
final class AdaptedModel {
    private final OpenedModel model;
    private final List<Applied> applied;
    private final List<LearntWord> words;

    /// An adapter with the components that it changes.
    private record Applied(OpenedModel adapter, double scale, Set<String> components) {}

    private AdaptedModel(OpenedModel model, List<Applied> applied, List<LearntWord> words) {
        this.model = model;
        this.applied = List.copyOf(applied);
        this.words = List.copyOf(words);
    }

    /// Finds what is installed.
    @FunctionalInterface
    interface Installed {
        OpenedModel find(String id) throws IOException;
    }

    /// Reads the adapters' headers.
    ///
    /// @throws NodeException if one is not installed, is no adapter, or is of another architecture
    static AdaptedModel of(OpenedModel model, ModelReference reference, Installed installed) throws IOException {
        List<Applied> applied = new ArrayList<>();
        List<LearntWord> words = new ArrayList<>();
        AdapterTargets targets = null;
        for (ModelReference.Adapter asked : reference.adapters()) {
            OpenedModel adapter = installed.find(asked.model());
            if (asked.scale() == 0) {
                continue;
            }
            try (Checkpoint file = open(adapter)) {
                if (LayoutMarks.of(file.tensors()) == LayoutMarks.Layout.TEXTUAL_INVERSION) {
                    words.add(LearntWord.of(adapter, file, model, asked.scale()));
                    continue;
                }
                targets = targets == null ? targets(model) : targets;
                Adapter read = read(adapter, file, targets);
                read.requireMatched(asked.model());
                Set<String> components = new LinkedHashSet<>();
                read.deltas().forEach(delta -> components.add(component(model, delta.component())));
                applied.add(new Applied(adapter, asked.scale(), components));
            }
        }
        return new AdaptedModel(model, applied, words);
    }

    /// The one file of weights that an adapter is.
    private static Checkpoint open(OpenedModel adapter) throws IOException {
        if (!adapter.components().equals(List.of(ModelFolder.ONLY))) {
            throw NodeException.user("model/no-adapter", "%s is a pipeline, no adapter.", adapter.found().id())
                    .next("Name a model of the family LoRA, LyCORIS or Textual inversion.");
        }
        return adapter.open(ModelFolder.ONLY);
    }

    private static Adapter read(OpenedModel adapter, Checkpoint file, AdapterTargets targets) throws IOException {
        return Adapter.read(adapter.found().id(), file, adapter.adapterConfig(), targets);
    }

    /// The shapes of all weights of the model's networks.
    private static AdapterTargets targets(OpenedModel model) throws IOException {
        return new AdapterTargets(shapes(model));
    }

    private static Map<String, Map<String, long[]>> shapes(OpenedModel model) throws IOException {
        Map<String, Map<String, long[]>> all = new LinkedHashMap<>();
        for (String name : model.components()) {
            if (!model.hasWeights(name)) {
                continue;
            }
            Map<String, long[]> shapes = new LinkedHashMap<>();
            try (Checkpoint weights = model.open(name)) {
                weights.tensors().forEach((tensor, stored) -> shapes.put(tensor, stored.shape()));
            }
            all.put(nameForAdapters(model, name), shapes);
        }
        return all;
    }

    /// Adapters call a network by the place it has in a pipeline, also one that lies alone.
    private static String nameForAdapters(OpenedModel model, String component) {
        if (!component.equals(ModelFolder.ONLY) || model.folder() == null) {
            return component;
        }
        String className = model.className(component);
        return className.contains("UNet") ? "unet" : className.startsWith("CLIP") ? "text_encoder" : component;
    }

    private static String component(OpenedModel model, String nameForAdapters) {
        return model.components().contains(nameForAdapters) ? nameForAdapters : ModelFolder.ONLY;
    }

    /// A digest of the component's weights, settings and of what changes them.
    String identity(String component) throws IOException {
        StringBuilder text = new StringBuilder(model.identity(component));
        boolean isChanged = false;
        for (Applied adapter : applied) {
            if (adapter.components().contains(component)) {
                isChanged = true;
                text.append('\n').append(adapter.scale()).append(' ').append(adapter.adapter().digest());
            }
        }
        for (LearntWord word : words) {
            if (word.component().equals(component)) {
                isChanged = true;
                text.append('\n').append(word.token()).append(' ').append(word.source().digest());
            }
        }
        return isChanged ? Digests.of(text.toString()) : text.toString();
    }

    /// The words that a component's text encoder has learnt, in the order of their adapters.
    List<LearntWord> words(String component) {
        return words.stream().filter(word -> word.component().equals(component)).toList();
    }

    /// Maps a component's weights with everything applied. The caller closes them.
    ///
    /// @param firstNewRow where learnt words begin in the table of tokens; not used if there are none
    Checkpoint open(String component, long firstNewRow) throws IOException {
        List<Checkpoint> files = new ArrayList<>();
        try {
            Checkpoint base = model.open(component);
            files.add(base);
            SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(base.tensors());
            change(component, tensors, files);
            learn(component, firstNewRow, tensors, files);
            return new Changed(files, base.metadata(), Collections.unmodifiableSequencedMap(tensors));
        } catch (IOException | RuntimeException e) {
            files.forEach(Checkpoint::close);
            throw e;
        }
    }

    private void change(String component, SequencedMap<String, StoredTensor> tensors, List<Checkpoint> files)
            throws IOException {
        Map<String, List<ChangedTensor.Change>> changes = new LinkedHashMap<>();
        AdapterTargets targets = null;
        for (Applied adapter : applied) {
            if (!adapter.components().contains(component)) {
                continue;
            }
            targets = targets == null ? targets(model) : targets;
            Checkpoint file = open(adapter.adapter());
            files.add(file);
            for (WeightDelta delta : read(adapter.adapter(), file, targets).deltas()) {
                if (component(model, delta.component()).equals(component)) {
                    changes.computeIfAbsent(delta.parameter(), _ -> new ArrayList<>())
                            .add(new ChangedTensor.Change(delta, adapter.scale()));
                }
            }
        }
        changes.forEach((name, all) -> tensors.computeIfPresent(name, (_, weight) -> ChangedTensor.of(weight, all)));
    }

    private void learn(
            String component, long firstNewRow, SequencedMap<String, StoredTensor> tensors, List<Checkpoint> files)
            throws IOException {
        List<LearntWord> own = words(component);
        if (own.isEmpty()) {
            return;
        }
        List<StoredTensor> vectors = new ArrayList<>();
        for (LearntWord word : own) {
            Checkpoint file = open(word.source());
            files.add(file);
            vectors.add(word.vectors(file));
        }
        tensors.computeIfPresent(
                own.getFirst().table(), (_, table) -> ChangedTensor.withRows(table, firstNewRow, vectors));
    }

    /// The model's tensors, some of them changed; closes the adapters' files too.
    private record Changed(
            List<Checkpoint> files, Map<String, String> metadata, SequencedMap<String, StoredTensor> tensors)
            implements Checkpoint {
        @Override
        public void close() {
            files.forEach(Checkpoint::close);
        }
    }
}
