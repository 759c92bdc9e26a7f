// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.WeightMatch;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/// A component of a model: its description, and its weights' files, which are open while somebody needs them. Thread-safe.
final class Component {
    private final ComponentSource source;
    private final Config config;
    private final Description description;
    private @Nullable Checkpoint checkpoint;
    private List<StoredTensor> stored = List.of();
    private int users;
    private @Nullable NumberFormat storedFormat;

    Component(ComponentSource source, Config config, Description description) {
        this.source = source;
        this.config = config;
        this.description = description;
    }

    String identity() {
        return source.identity();
    }

    String name() {
        return source.name();
    }

    Config config() {
        return config;
    }

    Description description() {
        return description;
    }

    /// Opened weights. Closed once by each who opened them; the files close after the last.
    final class Opened implements AutoCloseable {
        private boolean isClosed;

        /// In the order of the network's parameters; valid until this is closed.
        List<StoredTensor> tensors() {
            return stored;
        }

        /// Another claim on the same.
        Opened again() {
            return open();
        }

        @Override
        public void close() {
            synchronized (Component.this) {
                if (!isClosed && --users == 0 && checkpoint != null) {
                    checkpoint.close();
                    checkpoint = null;
                    stored = List.of();
                }
                isClosed = true;
            }
        }
    }

    /// Opens the files if they are not. Not on a device's thread if it can be helped.
    ///
    /// @throws NodeException if a file cannot be read, or the weights do not fit the network
    synchronized Opened open() {
        if (checkpoint == null) {
            Checkpoint opened = null;
            try {
                opened = source.weights().open();
                stored = WeightMatch.of(name(), description.architecture(), description.network(), opened);
                checkpoint = opened;
                storedFormat = formatOf(stored);
            } catch (IOException e) {
                throw NodeException.user("model/unreadable", "%s: %s", name(), String.valueOf(e.getMessage()))
                        .causedBy(e);
            } finally {
                if (opened != null && checkpoint == null) {
                    opened.close();
                }
            }
        }
        users++;
        return new Opened();
    }

    /// The format that most of the weights are published in, if it is one that networks compute in.
    NumberFormat storedFormat() {
        NumberFormat known;
        synchronized (this) {
            known = storedFormat;
        }
        if (known == null) {
            try (Opened _ = open()) {
                return storedFormat();
            }
        }
        return known;
    }

    private static NumberFormat formatOf(List<StoredTensor> tensors) {
        long half = bytes(tensors, ElementType.F16);
        long brain = bytes(tensors, ElementType.BF16);
        long all = tensors.stream().mapToLong(StoredTensor::bytes).sum();
        return 2 * half > all ? NumberFormat.FLOAT16 : 2 * brain > all ? NumberFormat.BFLOAT16 : NumberFormat.FLOAT32;
    }

    private static long bytes(List<StoredTensor> tensors, ElementType type) {
        return tensors.stream().filter(tensor -> tensor.type() == type).mapToLong(StoredTensor::bytes).sum();
    }

    /// What the weights take on a device.
    long bytes(NumberFormat format) {
        return description.network().parameterCount() * format.bytes();
    }
}
