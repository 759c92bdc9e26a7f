// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.document.Shown;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A checkpoint in several files with an index. The index and the files must name the same tensors.
public final class ShardedCheckpoint implements Checkpoint {
    private static final String CODE = "engine/bad-index";
    private static final int MOST_FILES = 1000;

    private final List<Checkpoint> shards;
    private final SequencedMap<String, StoredTensor> tensors;
    private final Map<String, String> metadata;

    private ShardedCheckpoint(
            List<Checkpoint> shards, SequencedMap<String, StoredTensor> tensors, Map<String, String> metadata) {
        this.shards = shards;
        this.tensors = Collections.unmodifiableSequencedMap(tensors);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    /// @param index `model.safetensors.index.json` or its like; the files lie beside it
    /// @throws IOException                               if a file cannot be read
    /// @throws dev.diptych.api.error.NodeException `engine/bad-index`, or what the reader of a file says of it
    public static ShardedCheckpoint open(Path index) throws IOException {
        return open(index, new FolderFiles(index.resolveSibling("").toAbsolutePath()));
    }

    /// @param files says which links may be followed
    static ShardedCheckpoint open(Path index, FolderFiles files) throws IOException {
        String place = BadFile.place(index);
        ShardIndex read = ShardIndex.read(JsonFiles.read(index, CODE), place);
        if (read.fileNames().size() > MOST_FILES) {
            throw BadFile.of(CODE, place, "it names more than " + MOST_FILES + " files.");
        }
        List<Checkpoint> shards = new ArrayList<>();
        try {
            SequencedMap<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(read.files().size());
            for (String name : read.fileNames()) {
                Path file =
                        files.find(name)
                                .orElseThrow(() ->
                                        BadFile.of(
                                                CODE,
                                                place,
                                                "the file \""
                                                        + Shown.text(name)
                                                        + "\" is missing. Fetch it from where the index came from."));
                Checkpoint shard = CheckpointFiles.openSingle(file);
                shards.add(shard);
                addAll(shard, name, read, place, tensors);
            }
            requireAll(read, tensors, place);
            return new ShardedCheckpoint(shards, tensors, read.metadata());
        } catch (IOException | RuntimeException e) {
            shards.forEach(Checkpoint::close);
            throw e;
        }
    }

    private static void addAll(
            Checkpoint shard, String file, ShardIndex index, String place, Map<String, StoredTensor> tensors) {
        shard.tensors()
                .forEach((name, tensor) -> {
                    if (!file.equals(index.files().get(name))) {
                        throw BadFile.of(
                                CODE,
                                place,
                                "\""
                                        + Shown.text(file)
                                        + "\" holds the tensor \""
                                        + Shown.text(name)
                                        + "\", which the index does not place there.");
                    }
                    tensors.put(name, tensor);
                });
    }

    private static void requireAll(ShardIndex index, Map<String, StoredTensor> tensors, String place) {
        index.files()
                .forEach((name, file) -> {
                    if (!tensors.containsKey(name)) {
                        throw BadFile.of(
                                CODE,
                                place,
                                "the tensor \""
                                        + Shown.text(name)
                                        + "\" is not in \""
                                        + Shown.text(file)
                                        + "\", where the index places it.");
                    }
                });
    }

    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public void close() {
        shards.forEach(Checkpoint::close);
    }
}
