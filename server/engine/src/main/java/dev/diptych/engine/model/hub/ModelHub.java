// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.ModelCatalog;
import dev.diptych.engine.model.checkpoint.EmbeddingSpace;
import dev.diptych.engine.model.checkpoint.EmbeddingSpaces;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The models of an installation: those that were added, those in further folders, and those that plugins bring. Folders are looked at when something is
/// asked, so what is put there or taken away is noticed at once; a file is hashed once. A broken model is listed with the reason and costs nothing else.
/// Thread-safe; several processes may share the folders.
public final class ModelHub implements ModelCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(ModelHub.class);
    private static final int MOST_NAMED = 12;

    private final ModelScan scan;
    private final FileDigests digests;
    private final Tokenizers tokenizers;
    private final Map<Path, OpenedModel> opened = new ConcurrentHashMap<>();
    private final Map<Path, Described> described = new ConcurrentHashMap<>();

    private final Map<Path, Projected> projected = new ConcurrentHashMap<>();
    private final EmbeddingSpaces spaces = new EmbeddingSpaces();

    private record Projected(Snapshot snapshot, EmbeddingSpace space) {}

    private record Described(Snapshot snapshot, ModelDescription description) {}

    /// @param roots      of two models with one name, that in the earlier folder counts
    /// @param tokenizers makes them from the files of a component
    public ModelHub(List<ModelRoot> roots, FileDigests digests, Tokenizers tokenizers) {
        this.tokenizers = tokenizers;
        this.scan = new ModelScan(roots);
        this.digests = digests;
    }

    /// The names of all models, sorted.
    public Collection<String> ids() {
        return scan.all().keySet();
    }

    public boolean has(String id) {
        return scan.find(id).isPresent();
    }

    /// What to do about a model that is not installed; empty if it is.
    public Optional<String> missing(String id) {
        return has(id) ? Optional.empty() : Optional.of(nearest(id));
    }

    /// All models, sorted by name.
    public List<ModelDescription> list() {
        return scan.all().values().stream().map(this::describe).toList();
    }

    /// @throws NodeException `model/unknown`, naming the nearest there are
    public ModelDescription describe(String id) {
        return describe(found(id));
    }

    private ModelDescription describe(FoundModel found) {
        Described known = described.get(found.path());
        if (known != null && known.description().id().equals(found.id()) && known.snapshot().isCurrent()) {
            return known.description();
        }
        try {
            OpenedModel model = opened(found);
            ModelDescription description = ModelDescriber.describe(model);
            described.put(found.path(), new Described(model.snapshot(), description));
            return description;
        } catch (IOException | RuntimeException e) {
            return ModelDescriber.broken(found, e);
        }
    }

    /// Where a model lies.
    ///
    /// @throws NodeException `model/unknown`, naming the nearest there are
    public FoundModel found(String id) {
        return scan.find(id)
                .orElseThrow(() ->
                        NodeException.user("model/unknown", "There is no model \"%s\".", Shown.text(id))
                                .next(nearest(id)));
    }

    /// What to say to somebody who asked for a model that is not there.
    public String nearest(String id) {
        Collection<String> ids = ids();
        String nearest = Suggestion.nearest(id, ids);
        if (nearest == null) {
            nearest = sameLastWord(id, ids);
        }
        if (nearest != null) {
            return "Did you mean \"" + nearest + "\"?";
        }
        if (ids.isEmpty()) {
            return "No model is installed. Add one with: diptych model add";
        }
        String some = String.join(", ", ids.stream().limit(MOST_NAMED).toList());
        return "Installed: " + some + (ids.size() > MOST_NAMED ? ", …" : "") + ". Add others with: diptych model add";
    }

    /// `clip` for `portraits/clip`.
    private static @Nullable String sameLastWord(String id, Collection<String> ids) {
        String word = id.substring(id.lastIndexOf('/') + 1);
        return ids.stream()
                .filter(other -> other.substring(other.lastIndexOf('/') + 1).equals(word))
                .findFirst()
                .orElse(null);
    }

    /// The digest of the model as [#digest(ModelReference)] has it; the files are read if they were not before.
    ///
    /// @throws NodeException if it is not installed or broken
    public String digest(String id) throws IOException {
        return opened(found(id)).digest();
    }

    /// All files of a model with their digests, each read again whatever is remembered.
    ///
    /// @param each hears of each file, with what was remembered of it before, or null
    public void verify(String id, Verification each) throws IOException {
        FoundModel found = found(id);
        for (Path file : Snapshot.of(found.path(), found.linksEnd()).files()) {
            String before = digests.peek(file);
            Path shown = found.isFile() ? file.getFileName() : found.path().toRealPath().relativize(file);
            each.file(shown.toString(), digests.again(file), before);
        }
    }

    /// Hears of the files of a model.
    @FunctionalInterface
    public interface Verification {
        /// @param digest now
        /// @param before what was remembered of the file with its present size and time, or null
        void file(String name, String digest, @Nullable String before);
    }

    @Override
    public ComponentSource component(ModelReference reference, String name) {
        OpenedModel model = readable(reference.id());
        ModelComponent component = model.component(name);
        refuseAdapters(reference);
        String className = component.className().orElseGet(() -> component.config().path("model_type").asText());
        return new ComponentSource(
                identity(model, name),
                model.found().id() + ", " + name,
                className,
                () -> config(reference, name),
                () -> model.open(name));
    }

    private static void refuseAdapters(ModelReference reference) {
        if (!reference.adapters().isEmpty()) {
            throw NodeException.user("model/adapters", "%s: adapters are not implemented.", reference.id());
        }
    }

    private static String identity(OpenedModel model, String component) {
        try {
            return model.identity(component);
        } catch (IOException e) {
            throw unreadable(model.found().id(), e);
        }
    }

    @Override
    public Config config(ModelReference reference, String component) {
        try {
            return readable(reference.id()).config(component);
        } catch (IOException e) {
            throw unreadable(reference.id(), e);
        }
    }

    @Override
    public List<String> components(ModelReference reference) {
        return readable(reference.id()).components();
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        return tokenizers.read(readable(reference.id()).component(component).folder());
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        OpenedModel model = readable(reference.id());
        try {
            EmbeddingSpace own = space(model);
            if (own.text().isEmpty() && own.visual().isEmpty()) {
                throw NodeException.user(
                                "model/no-space", "%s has no projection into a space of embeddings.", reference.id())
                        .next("Choose a model with a CLIP text or image encoder.");
            }
            if (own.text().isEmpty()) {
                scan.all().values().forEach(this::registerSpace); // another model may have its other half
            }
            return spaces.identity(own);
        } catch (IOException e) {
            throw unreadable(reference.id(), e);
        }
    }

    private void registerSpace(FoundModel found) {
        try {
            space(opened(found));
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} is passed over: {}", found.id(), e.toString());
        }
    }

    private EmbeddingSpace space(OpenedModel model) throws IOException {
        Projected known = projected.get(model.found().path());
        if (known == null || !known.snapshot().isCurrent()) {
            known = new Projected(model.snapshot(), model.embeddingSpace());
            projected.put(model.found().path(), known);
            spaces.register(known.space());
        }
        return known.space();
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        try {
            StringBuilder text = new StringBuilder(opened(found(reference.id())).digest());
            for (ModelReference.Adapter adapter : reference.adapters()) {
                text.append('\n').append(adapter.scale()).append(' ').append(opened(found(adapter.model())).digest());
            }
            return Optional.of(reference.adapters().isEmpty() ? text.toString() : Digests.of(text.toString()));
        } catch (NodeException | IOException e) {
            LOG.debug("{} has no digest: {}", reference, e.toString());
            return Optional.empty();
        }
    }

    private OpenedModel readable(String id) {
        FoundModel found = found(id);
        try {
            return opened(found);
        } catch (IOException e) {
            throw unreadable(id, e);
        }
    }

    private static NodeException unreadable(String id, IOException e) {
        return NodeException.resource("model/unreadable", "The model %s cannot be read: %s.", id, e).causedBy(e);
    }

    private OpenedModel opened(FoundModel found) throws IOException {
        OpenedModel known = opened.get(found.path());
        if (known != null && known.found().equals(found) && known.snapshot().isCurrent()) {
            return known;
        }
        OpenedModel model = OpenedModel.open(found, digests);
        opened.put(found.path(), model);
        return model;
    }
}
