// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A small network of all that devices must deal with, with random weights.
public final class TestNetwork implements Architecture {
    static final int CHANNELS = 16;

    static final class Body extends Module {
        final Conv2d convIn = new Conv2d(4, CHANNELS, 3);
        final GroupNorm norm = new GroupNorm(4, CHANNELS);
        final Linear time = new Linear(1, CHANNELS);
        final Embedding words = new Embedding(10, CHANNELS);
        final Conv2d convOut = new Conv2d(CHANNELS, 4, 3);
    }

    @Override
    public List<String> classNames() {
        return List.of("TestNetwork");
    }

    @Override
    public Network describe(Config config) {
        int repeats = config.isNull("repeats") ? 0 : config.integer("repeats", 1);
        return Network.of(new Body())
                .function(
                        "forward",
                        (module, f) -> {
                            var x = f.input("sample", f.batch(), 4, f.size("height", 2), f.size("width"));
                            var t = f.input("timestep", f.batch());
                            var text = f.input("text", f.batch(), f.size("tokens"), CHANNELS);
                            var h = module.convIn.of(x);
                            for (int i = 0; i < repeats; i++) {
                                h = module.norm.of(h).silu();
                                h = h.plus(module.time.of(t.unsqueeze(1)).spatial());
                                h = h.plus(text.mean(false, 1).spatial());
                            }
                            f.output("sample", module.convOut.of(h));
                        })
                .function(
                        "scaled",
                        (module, f) -> {
                            var x = f.input("sample", f.batch(), 4, f.size("height"), f.size("width"));
                            var scale = f.input("scale", 1);
                            f.output("sample", module.convOut.of(module.convIn.of(x)).times(scale));
                        })
                .function(
                        "words",
                        (module, f) -> {
                            var ids = f.input("ids", SymbolType.INT64, f.batch(), f.size("tokens"));
                            f.output("embedded", module.words.of(ids));
                        })
                .function(
                        "numbers",
                        (module, f) -> {
                            var x = f.input("sample", f.batch(), 4, 2, 2);
                            f.output("sample", module.convOut.of(module.convIn.of(x)));
                            f.output("numbers", f.range(f.batch().times(2)));
                        })
                .function(
                        "square",
                        (module, f) -> {
                            var x = f.input("sample", f.batch(), 4, 2, 2);
                            f.output("square", x.times(x).times(3));
                        })
                .function(
                        "generate",
                        (module, f) -> {
                            var x = f.input("x", f.batch(), 1, CHANNELS);
                            f.keep("cache", x);
                            f.output("sum", x.sum(false, 1));
                        })
                .function(
                        "generate",
                        (module, f) -> {
                            var x = f.input("x", f.batch(), 1, CHANNELS);
                            var cache = f.input("cache", f.batch(), f.size("past"), CHANNELS);
                            var all = Symbol.concatenate(1, cache, x);
                            f.keep("cache", all);
                            f.output("sum", all.sum(false, 1));
                        })
                .function(
                        "huge",
                        (module, f) -> {
                            var x = f.input("x", f.batch(), 1);
                            var much = f.full(1, SymbolType.FLOAT, f.batch(), 1L << 20, 1L << 20);
                            f.output("y", much.times(x.unsqueeze(2)).sum(false, 2));
                        })
                .network();
    }

    /// A checkpoint in memory.
    static final class Weights implements Checkpoint {
        private final Arena arena = Arena.ofShared();
        private final AtomicInteger open;
        private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        private boolean isClosed;

        Weights(Network network, long seed, AtomicInteger open) {
            this.open = open;
            open.incrementAndGet();
            Random random = new Random(seed);
            network.parameters()
                    .forEach((name, parameter) -> {
                        MemorySegment data = arena.allocate(Math.multiplyExact(4, parameter.elements()), 8);
                        for (long i = 0; i < parameter.elements(); i++) {
                            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() * 0.2f);
                        }
                        tensors.put(name, new StoredTensor(name, ElementType.F32, parameter.shape(), () -> data));
                    });
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
                open.decrementAndGet();
                arena.close();
            }
        }
    }

    /// @param open counts checkpoints that are open
    public static ComponentSource source(String identity, long seed, AtomicInteger open) {
        Map<String, Object> settings = Map.of("repeats", 2);
        return new ComponentSource(
                identity,
                "test/" + identity,
                "TestNetwork",
                () -> new Config("config.json", settings),
                () -> new Weights(new TestNetwork().describe(new Config("config.json", settings)), seed, open));
    }
}
