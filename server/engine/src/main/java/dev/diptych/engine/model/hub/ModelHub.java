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
import dev.diptych.engine.value.Digests;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
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

    /// Holds the networks of a model against what their configurations describe. Components without weights are left out.
    ///
    /// @throws NodeException if there is no such model, or its configurations cannot be read
    public List<ComponentCheck> check(String id, Architectures architectures) {
        OpenedModel model = readable(id);
        List<ComponentCheck> checks = new ArrayList<>();
        for (ModelDescription.Part part : describe(model.found()).components()) {
            if (part.bytes() > 0 && (model.folder() != null || part.className() != null)) {
                ComponentSource source = component(new ModelReference(id), part.name());
                checks.add(ComponentCheck.of(part.name(), source, architectures));
            }
        }
        return checks;
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
        String className = model.className(name);
        try {
            AdaptedModel adapted = adapted(model, reference);
            long firstNewRow = adapted.words(name).isEmpty() ? 0 : tokenizer(model, name).vocabularySize();
            return new ComponentSource(
                    adapted.identity(name),
                    model.found().id() + ", " + name,
                    className,
                    () -> config(reference, name),
                    () -> adapted.open(name, firstNewRow));
        } catch (IOException e) {
            throw unreadable(reference.id(), e);
        }
    }

    private AdaptedModel adapted(OpenedModel model, ModelReference reference) throws IOException {
        return AdaptedModel.of(model, reference, id -> opened(found(id)));
    }

    /// The tokenizer that a text encoder's texts go through: beside it, or in a folder named after it.
    private Tokenizer tokenizer(OpenedModel model, String textEncoder) {
        String own = textEncoder.replace("text_encoder", "tokenizer");
        return tokenizers.read(model.component(model.components().contains(own) ? own : textEncoder).folder());
    }

    @Override
    public Config config(ModelReference reference, String component) {
        OpenedModel model = readable(reference.id());
        try {
            Config config = model.config(component);
            if (reference.adapters().isEmpty()) {
                return config;
            }
            List<LearntWord> words = adapted(model, reference).words(component);
            int more = words.stream().mapToInt(LearntWord::count).sum();
            return more == 0 ? config : withVocabulary(config, tokenizer(model, component).vocabularySize() + more);
        } catch (IOException e) {
            throw unreadable(reference.id(), e);
        }
    }

    /// A text encoder's settings with a larger table of tokens; of a network of several towers it is the text tower's.
    private static Config withVocabulary(Config config, int size) {
        Map<String, Object> values = config.values();
        if (values.get("text_config") instanceof Map<?, ?> tower) {
            Map<Object, Object> text = new LinkedHashMap<>(tower);
            text.merge("vocab_size", size, ModelHub::larger);
            return config.with("text_config", text);
        }
        return config.with("vocab_size", larger(values.getOrDefault("vocab_size", size), size));
    }

    private static Object larger(Object before, Object size) {
        return before instanceof Number a && size instanceof Number b && a.longValue() > b.longValue() ? before : size;
    }

    @Override
    public List<String> components(ModelReference reference) {
        return readable(reference.id()).components();
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        OpenedModel model = readable(reference.id());
        Tokenizer tokenizer = tokenizers.read(model.component(component).folder());
        if (reference.adapters().isEmpty()) {
            return tokenizer;
        }
        try {
            String encoder = component.replace("tokenizer", "text_encoder");
            List<LearntWord> words = adapted(model, reference).words(encoder);
            List<String> tokens = words.stream().flatMap(word -> word.tokens().stream()).toList();
            return tokens.isEmpty() ? tokenizer : new LearntTokenizer(tokenizer.withTokens(tokens), words);
        } catch (IllegalArgumentException e) {
            throw NodeException.user("model/word-taken", "%s: %s.", reference.id(), String.valueOf(e.getMessage()))
                    .next("Give the learnt word another name: that of its file, or the one that it holds.")
                    .causedBy(e);
        } catch (IOException e) {
            throw unreadable(reference.id(), e);
        }
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
