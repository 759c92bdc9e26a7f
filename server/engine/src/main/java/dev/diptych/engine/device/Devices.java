// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ComponentSource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The devices of this process, and the models on them. Making it loads nothing; the first call of a model loads libtorch, as does [#all]. Thread-safe.
///
/// ```java
/// try (Devices devices = new Devices(architectures, DeviceSettings.usual())) {
///     Model decoder = devices.model(catalog.component(reference, "decoder"), scope);
///     Map<String, Tensor> outputs = decoder.call(inputs);
/// }
/// ```
public final class Devices implements AutoCloseable {
    private static final int MOST_DESCRIPTIONS = 128;
    private static final int MOST_COMPONENTS = 512;

    /// So many runs of nodes share a device before another one loads the model, too.
    private static final int CROWD = 8;

    /// Of a graphics card's memory; the rest is libtorch's and the driver's.
    private static final double GRAPHICS_PART = 0.9;

    private final Architectures architectures;
    private final DeviceSettings settings;
    private final Map<Description.Key, Description> descriptions = leastRecentlyUsed(MOST_DESCRIPTIONS);
    private final Map<String, Component> components = leastRecentlyUsed(MOST_COMPONENTS);
    private @Nullable List<Device> devices;
    private boolean isClosed;

    public Devices(Architectures architectures, DeviceSettings settings) {
        this.architectures = architectures;
        this.settings = settings;
    }

    private static <K, V> Map<K, V> leastRecentlyUsed(int most) {
        return Collections.synchronizedMap(
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                        return size() > most;
                    }
                });
    }

    DeviceSettings settings() {
        return settings;
    }

    /// A component, for one run of a node. Its weights are loaded at the first call, on the device that has them or has least to do.
    ///
    /// @throws dev.diptych.api.error.NodeException if no plugin brings its class, or its settings ask for what is not implemented
    public Model model(ComponentSource source, CallScope scope) {
        return new SharedModel(this, component(source), scope);
    }

    /// Describes and compiles a component's network without its weights, so that its first call need not.
    public void prepare(ComponentSource source) {
        Component component = component(source);
        Device device = choose(component);
        device.prepare(
                component,
                device.isGraphicsCard() && settings.precision() != DeviceSettings.Precision.FLOAT32
                        ? component.storedFormat()
                        : NumberFormat.FLOAT32);
    }

    private Component component(ComponentSource source) {
        Component known = components.get(source.identity());
        if (known != null) {
            return known;
        }
        Config config = source.config().get();
        Description description = describe(source.className(), config);
        synchronized (components) {
            return components.computeIfAbsent(source.identity(), _ -> new Component(source, config, description));
        }
    }

    private Description describe(String className, Config config) {
        Description.Key key = new Description.Key(className, config);
        Description known = descriptions.get(key);
        if (known != null) {
            return known;
        }
        Description fresh =
                Description.of(key, architectures.find(className), architectures.describe(className, config));
        Description first = descriptions.putIfAbsent(key, fresh);
        return first != null ? first : fresh;
    }

    /// All devices, the processor's first. Loads libtorch.
    public synchronized List<Device> all() {
        if (isClosed) {
            throw new IllegalStateException("The devices are closed");
        }
        if (devices == null) {
            List<Device> found = new ArrayList<>();
            for (int i = 0; i < settings.processors(); i++) {
                found.add(
                        new Device(
                                "cpu:" + i,
                                "cpu",
                                Math.max(1, settings.threads() / settings.processors()),
                                settings.bytes() / settings.processors()));
            }
            int cards = found.getFirst().call(() -> Libtorch.get().graphicsCards());
            for (int i = 0; i < cards; i++) {
                long bytes = ai.djl.util.cuda.CudaUtils.getGpuMemory(ai.djl.Device.gpu(i)).getMax();
                found.add(new Device("cuda:" + i, "cuda:" + i, 1, (long) (bytes * GRAPHICS_PART)));
            }
            devices = List.copyOf(found);
        }
        return devices;
    }

    /// What the devices do and hold; nothing while none was used.
    public synchronized List<DeviceState> states() {
        return devices == null ? List.of() : devices.stream().map(Device::state).toList();
    }

    /// The device for another run of a node: a graphics card before the processor, one that has the model before one that would have to load it, and then that with the
    /// fewest users.
    Device choose(Component component) {
        List<Device> candidates = all();
        if (candidates.stream().anyMatch(Device::isGraphicsCard)) {
            candidates = candidates.stream().filter(Device::isGraphicsCard).toList();
        }
        int least = candidates.stream().mapToInt(device -> device.users().get()).min().orElse(0);
        return candidates.stream()
                .min(
                        Comparator.comparing((Device device) ->
                                        !device.isResident(component.identity())
                                                || device.users().get() >= least + CROWD)
                                .thenComparing(device -> device.users().get()))
                .orElseThrow();
    }

    /// What decides the bits of results besides their inputs, without loading anything.
    public String computation() {
        String kind = NativeLibrary.find(System.getenv()).hasCuda() ? "cuda" : "cpu";
        return switch (settings.precision()) {
            case USUAL -> kind + (kind.equals("cpu") ? " float32" : " as stored");
            case FLOAT32 -> kind + " float32";
            case FAST -> kind + " fast";
        };
    }

    /// Ends the devices after what they compute now.
    @Override
    public synchronized void close() {
        isClosed = true;
        if (devices != null) {
            devices.forEach(Device::close);
        }
    }
}
