// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

/// A tensor among the values of a pickle. It has no name of its own; attributes given to it are left out.
///
/// @param tensor its name is the empty text
public record TorchTensor(StoredTensor tensor) implements PickleValue.Leaf {
    @Override
    public void build(PickleValue state) {}
}
