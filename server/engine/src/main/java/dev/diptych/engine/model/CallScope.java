// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import java.util.concurrent.Callable;

/// On whose behalf models are called: one run of one node.
public interface CallScope {
    /// Whose job it is: devices take turns between owners.
    String owner();

    /// Whether somebody waits in front of a screen: goes before bulk work.
    boolean isInteractive();

    /// Whether each call must be computed alone, so that it gives the same bits whatever else runs.
    boolean isDeterministic();

    boolean isCancelled();

    /// Waits for something while another node computes in this one's place.
    <T> T away(Callable<T> wait) throws Exception;

    /// Closes this when the node ends, however it ends.
    void closeAtEnd(AutoCloseable resource);

    /// Told on the device's thread when it begins and ends to compute a batch with a call of this; calls that wait are not told of. Must not block.
    default void computing(boolean isComputing) {}

    /// Told after each call, on the thread that called.
    default void called(ModelCall call) {}
}
