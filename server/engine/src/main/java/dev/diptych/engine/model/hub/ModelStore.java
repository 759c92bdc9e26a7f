// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.value.Digests;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/// Adds models to a data folder and takes them away. A model appears whole or not at all: it is gathered as a [ModelDraft], and moved to its place at once.
/// Several processes may do so at the same time.
public final class ModelStore {
    private static final Duration DRAFT_LIVES = Duration.ofDays(7);

    private static final int LONGEST_SHOWN = 60;

    private final Path models;
    private final ModelHub hub;
    private final FileDigests digests;
    private final SharedFiles shared;

    /// @param data the data folder
    /// @param hub  of this data folder
    public ModelStore(Path data, ModelHub hub, FileDigests digests) {
        this.models = ModelRoot.ofData(data).folder();
        this.hub = hub;
        this.digests = digests;
        this.shared = new SharedFiles(models.resolve(".shared"), digests);
    }

    /// The draft of a model, made now or begun before: what is there of it stays.
    ///
    /// @throws NodeException `model/bad-id`, or `model/exists`
    public ModelDraft draft(String id) throws IOException {
        requireFree(id);
        return new ModelDraft(id, Files.createDirectories(draftFolder(id)));
    }

    /// Whether a draft was begun.
    public boolean hasDraft(String id) {
        return ModelId.isValid(id) && Files.isDirectory(draftFolder(id));
    }

    /// Named so that errors can be read; `~` is in no model's name.
    private Path draftFolder(String id) {
        return drafts().resolve(id.length() <= LONGEST_SHOWN ? id.replace('/', '~') : Digests.of(id));
    }

    private Path drafts() {
        return models.resolve(".incoming");
    }

    private void requireFree(String id) {
        if (Files.exists(models.resolve(ModelId.checked(id)), LinkOption.NOFOLLOW_LINKS) || isFileModel(id)) {
            throw NodeException.user("model/exists", "There is a model \"%s\" already.", id)
                    .next("Remove it first, or choose another name.");
        }
        for (int slash = id.indexOf('/'); slash >= 0; slash = id.indexOf('/', slash + 1)) {
            String owner = id.substring(0, slash);
            if (hub.has(owner)) {
                throw NodeException.user("model/exists", "\"%s\" is a model; \"%s\" would lie inside it.", owner, id)
                        .next("Choose another name.");
            }
        }
    }

    private boolean isFileModel(String id) {
        return ModelScan.EXTENSIONS.stream().anyMatch(extension -> Files.exists(models.resolve(id + extension)));
    }

    /// Moves a draft to its place. A draft of one file of weights becomes a model that is one file.
    ///
    /// @return what it is
    /// @throws NodeException if it is no model; the draft stays
    public ModelDescription install(ModelDraft draft) throws IOException {
        requireFree(draft.id());
        Map<String, String> files = draft.digests(digests);
        ModelDescription description = draft.describe(digests);
        if (description.problem() != null
                && description.components().stream().allMatch(part -> part.problem() != null)) {
            throw NodeException.user("model/broken", "This cannot be used: %s", description.problem());
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            shared.share(draft.folder().resolve(file.getKey()), file.getValue());
        }
        Path single = draft.singleFile();
        Path target =
                single == null
                        ? models.resolve(draft.id())
                        : models.resolve(draft.id() + extension(single.getFileName().toString()));
        Files.createDirectories(target.getParent());
        move(single == null ? draft.folder() : single, target);
        for (Map.Entry<String, String> file : files.entrySet()) {
            digests.remember(single == null ? target.resolve(file.getKey()) : target, file.getValue());
        }
        if (single != null) {
            draft.discard();
        }
        return hub.describe(draft.id());
    }

    private static String extension(String file) {
        return file.substring(ModelScan.withoutExtension(file).length());
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException e) {
            throw new IOException("It cannot be moved to its place, " + to + ": " + e, e);
        }
    }

    /// Lets a folder or file that lies elsewhere be a model, without copying it.
    ///
    /// @param place stays where it is; the model is gone when it is
    public ModelDescription link(Path place, String id) throws IOException {
        requireFree(id);
        boolean isFile = Files.isRegularFile(place);
        if (isFile && !ModelScan.isWeights(place.getFileName().toString())) {
            throw noModel(place);
        }
        Path link = models.resolve(isFile ? id + extension(place.getFileName().toString()) : id);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, place.toRealPath());
        try {
            return hub.describe(id);
        } catch (RuntimeException e) {
            Files.deleteIfExists(link);
            throw noModel(place);
        }
    }

    private static NodeException noModel(Path place) {
        return NodeException.user("model/no-model", "%s is no model.", Shown.text(place.toString()))
                .next(
                        "A folder with model_index.json or config.json is needed, or a file of weights (.safetensors, .ckpt, .pt).");
    }

    /// Takes a model away, or a draft that was begun. Of a linked model only the link goes.
    ///
    /// @throws NodeException `model/unknown`, or `model/not-removable` for one that was not added
    public void remove(String id) throws IOException {
        if (!hub.has(id) && hasDraft(id)) {
            new ModelDraft(id, draftFolder(id)).discard();
            return;
        }
        FoundModel found = hub.found(id);
        if (found.root().origin() != ModelRoot.Origin.DATA) {
            throw NodeException.user(
                            "model/not-removable",
                            found.root().origin() == ModelRoot.Origin.PLUGIN
                                    ? "The model %s comes with a plugin."
                                    : "The model %s lies in a folder that the configuration names.",
                            id)
                    .next(
                            found.root().origin() == ModelRoot.Origin.PLUGIN
                                    ? "Remove the plugin, if that is wanted."
                                    : "Remove it from that folder, or take the folder out of the configuration.");
        }
        Path gone = Files.createDirectories(drafts()).resolve("removed-" + UUID.randomUUID());
        Files.move(found.path(), gone, StandardCopyOption.ATOMIC_MOVE);
        delete(gone);
        for (Path owner = found.path().getParent(); owner != null && !owner.equals(models); owner = owner.getParent()) {
            try {
                Files.delete(owner);
            } catch (DirectoryNotEmptyException e) {
                break;
            }
        }
        shared.sweep();
    }

    /// Deletes drafts that nobody went on with for a week, what a crash left of removed models, and files that no model has any more.
    public void sweep() throws IOException {
        if (Files.isDirectory(drafts())) {
            List<Path> all;
            try (Stream<Path> folders = Files.list(drafts())) {
                all = folders.toList();
            }
            for (Path folder : all) {
                boolean isOld =
                        Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS)
                                .toInstant()
                                .isBefore(Instant.now().minus(DRAFT_LIVES));
                if (isOld || folder.getFileName().toString().startsWith("removed-")) {
                    delete(folder);
                }
            }
        }
        shared.sweep();
    }

    static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(path)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
