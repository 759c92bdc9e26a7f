// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.engine.model.ModelCall;

import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a node had of devices.
///
/// @param calls     of models
/// @param rows      of all calls together
/// @param batchRows of the batches that the calls were computed in, together; divided by `calls` the mean size of a batch
/// @param waited    of all calls together, until their batches began
/// @param share     of the batches' time, by rows
/// @param formats   the number formats that were computed in
public record DeviceUse(
        int calls, long rows, long batchRows, Duration waited, Duration share, SortedSet<String> formats) {
    public static final DeviceUse NONE = new DeviceUse(0, 0, 0, Duration.ZERO, Duration.ZERO, new TreeSet<>());

    DeviceUse plus(ModelCall call) {
        return plus(
                new DeviceUse(
                        1,
                        call.rows(),
                        call.batchRows(),
                        call.waited(),
                        call.share(),
                        new TreeSet<>(java.util.Set.of(call.format()))));
    }

    DeviceUse plus(DeviceUse other) {
        TreeSet<String> both = new TreeSet<>(formats);
        both.addAll(other.formats);
        return new DeviceUse(
                calls + other.calls,
                rows + other.rows,
                batchRows + other.batchRows,
                waited.plus(other.waited),
                share.plus(other.share),
                both);
    }

    /// Of the batches that the calls were computed in; 0 if there were none.
    public double meanBatch() {
        return calls == 0 ? 0 : (double) batchRows / calls;
    }
}
