// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.device.torchscript.NumberFormat;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The weights and programs on a device: each loaded once for any number of jobs, and dropped, what was not used for longest first, when others need the memory.
/// Belongs to the device's thread, except where it says otherwise.
final class Residency implements AutoCloseable {
    private static final int MOST_PROGRAMS = 64;

    private final String torchDevice;
    private final MemoryBudget budget;
    private final Uploads uploads;
    private final Counters counters;
    private final LinkedHashMap<Key, LoadedWeights> weights = new LinkedHashMap<>(16, 0.75f, true);
    private final LinkedHashMap<ProgramKey, LoadedProgram> programs = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Key, String> resident = new ConcurrentHashMap<>();
    private @Nullable Key pinned;

    /// Weights in a format.
    record Key(String identity, NumberFormat format) {}

    private record ProgramKey(Description.Key network, NumberFormat format) {}

    /// What a forward pass needs.
    record Loaded(LoadedProgram program, LoadedWeights weights) {}

    Residency(String torchDevice, MemoryBudget budget, Uploads uploads, Counters counters) {
        this.torchDevice = torchDevice;
        this.budget = budget;
        this.uploads = uploads;
        this.counters = counters;
    }

    /// From any thread: whether a component is there now.
    boolean isResident(String identity, NumberFormat format) {
        return resident.containsKey(new Key(identity, format));
    }

    /// From any thread: whether a component is there in some format.
    boolean isResident(String identity) {
        return resident.keySet().stream().anyMatch(key -> key.identity().equals(identity));
    }

    /// From any thread: the names of what is there.
    List<String> names() {
        List<String> names = new ArrayList<>();
        resident.forEach((key, name) -> names.add(name + " (" + key.format() + ")"));
        names.sort(null);
        return names;
    }

    /// Whether a call has not to wait for something to be loaded.
    boolean isReady(Component component, NumberFormat format) {
        return weights.containsKey(new Key(component.identity(), format))
                && programs.containsKey(new ProgramKey(component.description().key(), format));
    }

    /// Loads what is missing. It stays until the next is asked for.
    ///
    /// @param opened the weights' files; opened now if it is null and they are needed
    /// @throws NodeException if the device has not so much memory
    Loaded get(Component component, NumberFormat format, Component.@Nullable Opened opened) {
        Key key = new Key(component.identity(), format);
        pinned = key;
        LoadedWeights loaded = weights.get(key);
        if (loaded == null) {
            if (opened != null) {
                loaded = load(key, component, opened);
            } else {
                try (Component.Opened now = component.open()) {
                    loaded = load(key, component, now);
                }
            }
        }
        return new Loaded(program(component.description(), format), loaded);
    }

    private LoadedWeights load(Key key, Component component, Component.Opened opened) {
        long bytes = component.bytes(key.format());
        if (!makeRoom(bytes)) {
            throw NodeException.resource(
                            "device/out-of-memory",
                            "%s: its weights take %d MB in %s; the device has %d MB, of which %d MB are reserved.",
                            component.name(),
                            bytes >> 20,
                            key.format(),
                            budget.total() >> 20,
                            (budget.total() - budget.unreserved()) >> 20)
                    .next("Give the device more memory, or take a smaller model.");
        }
        long began = System.nanoTime();
        LoadedWeights loaded = new LoadedWeights(component, opened, key.format(), torchDevice);
        weights.put(key, loaded);
        budget.addWeights(bytes);
        resident.put(key, component.name());
        counters.loaded(System.nanoTime() - began);
        return loaded;
    }

    /// The program of a network, compiled now if it was not.
    LoadedProgram program(Description description, NumberFormat format) {
        ProgramKey key = new ProgramKey(description.key(), format);
        LoadedProgram known = programs.get(key);
        if (known == null) {
            if (programs.size() >= MOST_PROGRAMS) {
                programs.pollFirstEntry().getValue().close();
            }
            known = new LoadedProgram(description.network(), format, torchDevice);
            programs.put(key, known);
        }
        return known;
    }

    /// Drops kept inputs, then weights, until so many bytes are free.
    ///
    /// @return false if everything that may go is gone, and it is not enough
    boolean makeRoom(long bytes) {
        if (budget.free() < bytes) {
            uploads.evict(bytes - budget.free());
        }
        for (Key key : List.copyOf(weights.keySet())) {
            if (budget.free() >= bytes) {
                break;
            }
            if (!key.equals(pinned)) {
                drop(key);
                counters.evicted();
            }
        }
        return budget.free() >= bytes;
    }

    /// Drops weights that nobody uses now; it is no error if they are not there.
    void drop(Component component, NumberFormat format) {
        Key key = new Key(component.identity(), format);
        if (weights.containsKey(key)) {
            drop(key);
        }
    }

    private void drop(Key key) {
        LoadedWeights gone = weights.remove(key);
        resident.remove(key);
        if (gone != null) {
            budget.addWeights(-gone.bytes());
            gone.close();
        }
    }

    @Override
    public void close() {
        List.copyOf(weights.keySet()).forEach(this::drop);
        programs.values().forEach(LoadedProgram::close);
        programs.clear();
    }
}
