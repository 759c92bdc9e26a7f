// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import java.util.List;
import java.util.stream.IntStream;

/// Square matrices one after the other: much to load, little to compute.
public final class BenchLinears implements Architecture {
    static final int WIDTH = 4096;

    static final class Layers extends Module {
        final List<Linear> layers;

        Layers(int count) {
            layers = IntStream.range(0, count).mapToObj(_ -> new Linear(WIDTH, WIDTH, false)).toList();
        }
    }

    @Override
    public List<String> classNames() {
        return List.of("BenchLinears");
    }

    @Override
    public Network describe(Config config) {
        return Network.of(new Layers(config.integer("layers")))
                .function(
                        "forward",
                        (net, f) -> {
                            Symbol x = f.input("x", f.batch(), WIDTH);
                            for (Linear layer : net.layers) {
                                x = layer.of(x);
                            }
                            f.output("y", x);
                        })
                .network();
    }
}
