// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/// Tries every device of this process with a few convolutions.
public final class DeviceCheck {
    private static final int CHANNELS = 128;
    private static final int SIDE = 32;

    private DeviceCheck() {}

    /// @param usual   the number format that models are computed in if nothing else is asked for
    /// @param fastest the one that convolutions are fastest in
    public record Result(DeviceState state, String usual, String fastest) {}

    /// Loads libtorch.
    ///
    /// @throws dev.diptych.api.error.NodeException if the environment names a libtorch that does not fit
    public static List<Result> run(DeviceSettings settings) {
        List<Result> results = new ArrayList<>();
        try (Devices devices =
                        new Devices(
                                new Architectures(List.of(new Convolutions())),
                                settings.withPrecision(DeviceSettings.Precision.FAST));
                StandaloneScope scope = new StandaloneScope("check")) {
            ComponentSource source =
                    new ComponentSource("check", "check", "Check", () -> new Config("check", Map.of()), Weights::new);
            SharedModel model = (SharedModel) devices.model(source, scope);
            Tensor x = Tensor.ofFloats(new float[CHANNELS * SIDE * SIDE], 1, CHANNELS, SIDE, SIDE);
            for (Device device : devices.all()) {
                model.call(device, "forward", Map.of("x", x), null, null, null);
                NumberFormat fastest = model.knownFormat(device);
                results.add(
                        new Result(
                                device.state(),
                                device.isGraphicsCard() ? "the checkpoint's format" : NumberFormat.FLOAT32.toString(),
                                String.valueOf(fastest)));
            }
        }
        return results;
    }

    private static final class Layers extends Module {
        final List<Conv2d> layers =
                List.of(
                        new Conv2d(CHANNELS, CHANNELS, 3),
                        new Conv2d(CHANNELS, CHANNELS, 3),
                        new Conv2d(CHANNELS, CHANNELS, 3));
    }

    private static final class Convolutions implements Architecture {
        @Override
        public List<String> classNames() {
            return List.of("Check");
        }

        @Override
        public Network describe(Config config) {
            return Network.of(new Layers())
                    .function(
                            "forward",
                            (net, f) -> {
                                var x = f.input("x", f.batch(), CHANNELS, f.size("height"), f.size("width"));
                                for (Conv2d layer : net.layers) {
                                    x = layer.of(x).silu();
                                }
                                f.output("y", x);
                            })
                    .network();
        }
    }

    private static final class Weights implements Checkpoint {
        private final Arena arena = Arena.ofShared();
        private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        private boolean isClosed;

        Weights() {
            SplittableRandom random = new SplittableRandom(1);
            new Convolutions()
                    .describe(new Config("check", Map.of()))
                    .parameters()
                    .forEach((name, parameter) -> {
                        MemorySegment data = arena.allocate(parameter.elements() * Float.BYTES, 64);
                        for (long i = 0; i < parameter.elements(); i++) {
                            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-0.05, 0.05));
                        }
                        tensors.put(name, new StoredTensor(name, ElementType.F32, parameter.shape(), () -> data));
                    });
        }

        @Override
        public SequencedMap<String, StoredTensor> tensors() {
            return tensors;
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
}
