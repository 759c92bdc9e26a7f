// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

/// The names a pickle may mention, and what they build.
public interface PickleNames {
    /// What happens when a pickle calls a name.
    @FunctionalInterface
    interface Builder {
        /// @throws PickleException if these arguments build nothing
        PickleValue build(PickleList arguments);
    }

    /// Asked for each class or function that is mentioned.
    ///
    /// @return builds the value when the pickle calls it. [#data] for a class that is only ever read as data
    /// @throws PickleException if the name is not on the list
    Builder find(PickleValue.Name name);

    /// What stands outside the pickle: storages.
    ///
    /// @throws PickleException if there is no such thing
    PickleValue persistent(PickleValue id);

    /// A class whose instances are kept as names and attributes.
    static Builder data(PickleValue.Name name) {
        return arguments -> new PickleObject(name, arguments);
    }
}
