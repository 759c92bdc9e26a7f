// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

/// A call that waits for its device.
public interface Waiting {
    /// What its time depends on besides the rows: the network's function, its number format, and the shapes of a row. Equal for calls that may be joined.
    Object lane();

    /// What all rows of a batch must have in common beyond that, as the inputs that have no rows. Compared only between calls of one lane.
    Object shared();

    /// Whose call it is.
    String owner();

    /// The loop it belongs to: a run of a node, which calls again when it has its rows. Compared by identity.
    Object member();

    /// At least 1; never torn apart by a batch.
    int rows();

    /// Whether somebody waits in front of a screen.
    boolean isInteractive();

    /// Whether it must be a batch of its own.
    boolean isAlone();

    /// When it came, on the clock that the queue is asked by.
    long arrivedAt();
}
