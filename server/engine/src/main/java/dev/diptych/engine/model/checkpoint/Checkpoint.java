// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Map;
import java.util.SequencedMap;

/// Tensors by name. Usable from any thread. Closing unmaps the file: no segment of it may be used afterwards, and native code that still holds
/// its address would crash, so whoever hands addresses out closes only after these are gone.
public interface Checkpoint extends AutoCloseable {
    /// In the order of the file. Unmodifiable.
    SequencedMap<String, StoredTensor> tensors();

    /// What the file says about itself, as text. Unmodifiable; often empty.
    Map<String, String> metadata();

    /// Does nothing the second time.
    @Override
    void close();
}
