// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/// A checkpoint in memory, of small random numbers.
final class RandomWeights implements Checkpoint {
    private final Arena arena = Arena.ofShared();
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    private boolean isClosed;

    RandomWeights(Network network) {
        SplittableRandom random = new SplittableRandom(1);
        network.parameters()
                .forEach((name, parameter) -> {
                    long count = parameter.elements();
                    long[] shape = parameter.shape();
                    double scale = shape.length < 2 ? 0.1 : Math.sqrt(shape[0] / (double) count);
                    MemorySegment data = arena.allocate(count * Float.BYTES, 64);
                    for (long i = 0; i < count; i++) {
                        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextDouble(-1.7, 1.7) * scale));
                    }
                    tensors.put(name, new StoredTensor(name, ElementType.F32, shape, () -> data));
                });
    }

    /// @param identity of the component
    static ComponentSource of(BenchUNet.Size size, String identity) {
        return new ComponentSource(
                identity,
                "bench/" + identity,
                "BenchUNet",
                () -> new Config("config.json", size.settings()),
                () -> new RandomWeights(new BenchUNet().describe(new Config("config.json", size.settings()))));
    }

    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            arena.close();
        }
    }
}
