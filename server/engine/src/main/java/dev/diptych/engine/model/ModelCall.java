// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import java.time.Duration;

/// What one call of a model took.
///
/// @param model     how errors call it
/// @param function  of its network
/// @param device    for example `cpu:0`
/// @param format    the number format of its arithmetic, for example `float32`
/// @param rows      of this call
/// @param batchRows of the batch that it was computed in
/// @param waited    from the call to the batch's beginning
/// @param share     of the batch's time, by rows
public record ModelCall(
        String model,
        String function,
        String device,
        String format,
        int rows,
        int batchRows,
        Duration waited,
        Duration share) {}
