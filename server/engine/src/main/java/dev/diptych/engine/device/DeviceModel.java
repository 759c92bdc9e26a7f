// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A component of a checkpoint on a device.
public final class DeviceModel implements Model, AutoCloseable {
    private final DeviceThread device;
    private final String name;
    private final Config config;
    private final Network network;
    private final Checkpoint checkpoint;
    private final LoadedNetwork loaded;

    private DeviceModel(
            DeviceThread device,
            String name,
            Config config,
            Network network,
            Checkpoint checkpoint,
            List<StoredTensor> weights,
            NumberFormat format) {
        this.device = device;
        this.name = name;
        this.config = config;
        this.network = network;
        this.checkpoint = checkpoint;
        this.loaded = device.call(() -> new LoadedNetwork(network, weights, format));
    }

    /// Loads a component.
    ///
    /// @param className of the network; null for the one that the component names
    /// @throws NodeException if its class is unknown, its settings are refused, or its weights do not fit
    public static DeviceModel load(
            DeviceThread device,
            Architectures architectures,
            ModelComponent component,
            @org.jspecify.annotations.Nullable String className,
            NumberFormat format)
            throws IOException {
        Config config = Architectures.config(component);
        String wanted = className != null ? className : component.className().orElse("");
        Network network = architectures.describe(wanted, config);
        Checkpoint checkpoint = component.open();
        try {
            List<StoredTensor> weights =
                    WeightMatch.of(component.name(), architectures.find(wanted), network, checkpoint);
            return new DeviceModel(device, component.name(), config, network, checkpoint, weights, format);
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    @Override
    public Map<String, Tensor> call(String function, Map<String, Tensor> inputs) {
        int index = CallShape.find(name, network.functions(), function, inputs);
        NetworkFunction called = network.functions().get(index);
        CallShape.check(name, called, inputs);
        List<Tensor> outputs = device.call(() -> loaded.run(index, ordered(called, inputs)));
        Map<String, Tensor> named = new LinkedHashMap<>();
        int i = 0;
        for (String output : called.outputs().keySet()) {
            named.put(output, outputs.get(i++));
        }
        return named;
    }

    @Override
    public Map<String, Tensor> gradient(String function, Map<String, Tensor> inputs, String output, List<String> of) {
        int index = CallShape.find(name, network.functions(), function, inputs);
        NetworkFunction called = network.functions().get(index);
        CallShape.check(name, called, inputs);
        if (!called.outputs().containsKey(output)) {
            throw NodeException.user(
                    "model/no-output", "%s has no output \"%s\"; it has %s.", name, output, called.outputs().keySet());
        }
        List<Tensor> gradients = device.call(() -> loaded.gradient(index, ordered(called, inputs), output, of));
        Map<String, Tensor> named = new LinkedHashMap<>();
        int i = 0;
        for (NetworkFunction.Input input : called.inputs()) {
            if (of.contains(input.name())) {
                named.put(input.name(), gradients.get(i++));
            }
        }
        return named;
    }

    private static List<Tensor> ordered(NetworkFunction function, Map<String, Tensor> inputs) {
        List<Tensor> ordered = new ArrayList<>();
        function.inputs().forEach(input -> ordered.add(inputs.get(input.name())));
        return ordered;
    }

    @Override
    public Session session(long maximumBytes) {
        throw NodeException.resource("model/no-session", "%s: tensors cannot stay on this device.", name);
    }

    @Override
    public Network network() {
        return network;
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public void close() {
        device.call(() -> {
            loaded.close();
            return true;
        });
        checkpoint.close();
    }
}
