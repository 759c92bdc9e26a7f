// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The first tensors of a checkpoint, which it closes.
record FirstTensors(Checkpoint whole, int count) implements Checkpoint {
    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        SequencedMap<String, StoredTensor> first = new LinkedHashMap<>();
        whole.tensors()
                .forEach((name, tensor) -> {
                    if (first.size() < count) {
                        first.put(name, tensor);
                    }
                });
        return first;
    }

    @Override
    public Map<String, String> metadata() {
        return whole.metadata();
    }

    @Override
    public void close() {
        whole.close();
    }
}
