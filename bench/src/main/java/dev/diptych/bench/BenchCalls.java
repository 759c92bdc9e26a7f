// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Calls of the benchmark's networks.
final class BenchCalls {
    private BenchCalls() {}

    static Devices devices(DeviceSettings.Precision precision) {
        return new Devices(
                new Architectures(List.of(new BenchUNet(), new BenchLinears())),
                DeviceSettings.usual().withPrecision(precision));
    }

    static Tensor random(long seed, int... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        int length = 1;
        for (int size : shape) {
            length *= size;
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-1.7, 1.7);
        }
        return Tensor.ofFloats(values, shape);
    }

    static Map<String, Tensor> inputs(long seed, int rows, int side) {
        return Map.of("sample", random(seed, rows, BenchUNet.CHANNELS, side, side), "timestep", random(seed + 1, rows));
    }

    /// Milliseconds of a call.
    static double time(Model model, String function, Map<String, Tensor> inputs) {
        long began = System.nanoTime();
        model.call(function, inputs);
        return (System.nanoTime() - began) / 1e6;
    }
}
