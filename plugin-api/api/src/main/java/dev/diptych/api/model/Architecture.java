// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.network.Network;

import org.pf4j.ExtensionPoint;

import java.util.List;

/// A class of networks: from the settings that are published with a checkpoint to the network that they describe. Supplied by plugins as an extension
/// (`@Extension`); found by its names. Has a constructor without parameters, and no state.
public interface Architecture extends ExtensionPoint {
    /// As a published configuration names it (`_class_name`, `architectures`), for example `UNet2DConditionModel`. Several names mean the same.
    List<String> classNames();

    /// Describes the network of a configuration. What a configuration asks for and this does not implement is refused by name
    /// ([Config#only], [Config#unsupported]); a key that is never read is refused by the engine.
    ///
    /// @throws dev.diptych.api.error.NodeException of kind USER, naming key and value
    Network describe(Config config);

    /// Names in a checkpoint that this network does without: exact, or with `*` for any characters. Published files hold tables that are computed
    /// (`*.position_ids`), or several networks.
    default List<String> ignoredTensors() {
        return List.of();
    }

    /// This network's name for a tensor that a published file holds under another: libraries have renamed parameters, and write some of them twice.
    /// Asked for names that the network does not have; a tensor stored under the network's own name is preferred.
    ///
    /// @return `stored` itself if it is no other name for anything
    default String parameterName(String stored) {
        return stored;
    }
}
