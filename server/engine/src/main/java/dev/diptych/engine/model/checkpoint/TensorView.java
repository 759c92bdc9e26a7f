// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// Other names for a checkpoint's tensors, or some of them. Closing it closes the checkpoint.
public final class TensorView implements Checkpoint {
    private final Checkpoint checkpoint;
    private final SequencedMap<String, StoredTensor> tensors;

    /// @param tensors by their names; takes the map over
    public TensorView(Checkpoint checkpoint, SequencedMap<String, StoredTensor> tensors) {
        this.checkpoint = checkpoint;
        this.tensors = Collections.unmodifiableSequencedMap(tensors);
    }

    /// The tensors whose names begin so, without that beginning.
    public static TensorView under(Checkpoint checkpoint, String prefix) {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        checkpoint
                .tensors()
                .forEach((name, tensor) -> {
                    if (name.startsWith(prefix)) {
                        String rest = name.substring(prefix.length());
                        tensors.put(rest, tensor.named(rest));
                    }
                });
        return new TensorView(checkpoint, tensors);
    }

    /// The tensors with these names, as one tower of a file that holds several.
    public static TensorView only(Checkpoint checkpoint, Predicate<String> names) {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(checkpoint.tensors());
        tensors.keySet().removeIf(names.negate());
        return new TensorView(checkpoint, tensors);
    }

    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    @Override
    public Map<String, String> metadata() {
        return checkpoint.metadata();
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
