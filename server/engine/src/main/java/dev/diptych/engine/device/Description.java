// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;

import java.util.List;

/// A network as its class describes it for some settings. The same for every checkpoint that has these.
///
/// @param key equal for equal networks
record Description(Key key, Architecture architecture, Network network, List<FunctionFacts> facts) {
    /// What decides a network.
    record Key(String className, Config settings) {}

    static Description of(Key key, Architecture architecture, Network network) {
        return new Description(
                key, architecture, network, network.functions().stream().map(FunctionFacts::of).toList());
    }

    List<NetworkFunction> functions() {
        return network.functions();
    }
}
