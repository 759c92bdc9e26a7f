// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.checkpoint.ModelComponent;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The classes of networks that plugins bring, by their names. Thread-safe.
public final class Architectures {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Architecture> byName = new TreeMap<>();

    /// @param architectures of two with one name the first counts
    public Architectures(Collection<? extends Architecture> architectures) {
        architectures.forEach(
                architecture -> architecture.classNames().forEach(name -> byName.putIfAbsent(name, architecture)));
    }

    /// @throws NodeException if no plugin brings it, naming those that are there
    public Architecture find(String className) {
        Architecture found = byName.get(className);
        if (found == null) {
            throw NodeException.user(
                            "model/unknown-class",
                            "No plugin brings the network class \"%s\"; there are %s.",
                            className,
                            byName.keySet())
                    .next("Install the plugin that brings it.");
        }
        return found;
    }

    public boolean knows(String className) {
        return byName.containsKey(className);
    }

    /// The network of a configuration.
    ///
    /// @throws NodeException if the class is unknown, or the configuration asks for what is not implemented
    public Network describe(String className, Config config) {
        Network network = find(className).describe(config);
        List<String> unread = config.unread();
        if (!unread.isEmpty()) {
            throw NodeException.user(
                    "model/config",
                    "%s: %s says nothing to %s; such settings are not implemented.",
                    config.place(),
                    unread,
                    className);
        }
        return network;
    }

    /// The published settings of a component.
    public static Config config(ModelComponent component) {
        return config(component.name() + "/config.json", component.config());
    }

    /// Settings as they were published.
    ///
    /// @param place how errors call them
    public static Config config(String place, ObjectNode settings) {
        Map<?, ?> values = JSON.convertValue(settings, Map.class);
        Map<String, Object> named = new LinkedHashMap<>();
        values.forEach((key, value) -> named.put(String.valueOf(key), value));
        return new Config(place, named);
    }
}
