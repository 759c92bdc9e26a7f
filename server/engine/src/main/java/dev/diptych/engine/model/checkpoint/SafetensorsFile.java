// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// One safetensors file, mapped: opening reads the header and nothing else, and a tensor's data are pages of the file.
public final class SafetensorsFile implements Checkpoint {
    private final MappedFile file;
    private final SequencedMap<String, StoredTensor> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header) {
        this.file = file;
        SequencedMap<String, StoredTensor> byName = LinkedHashMap.newLinkedHashMap(header.tensors().size());
        for (SafetensorsHeader.Entry entry : header.tensors()) {
            MemorySegment data = file.segment().asSlice(entry.begin(), entry.end() - entry.begin());
            byName.put(entry.name(), new StoredTensor(entry.name(), entry.type(), entry.shape(), () -> data));
        }
        this.tensors = Collections.unmodifiableSequencedMap(byName);
        this.metadata = Collections.unmodifiableMap(header.metadata());
    }

    /// @throws IOException                               if the file cannot be opened
    /// @throws dev.diptych.api.error.NodeException `engine/bad-safetensors`, with the reason, if its header is not true of it
    public static SafetensorsFile open(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return new SafetensorsFile(file, SafetensorsHeader.read(file.segment(), BadFile.place(path)));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
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
        file.close();
    }
}
