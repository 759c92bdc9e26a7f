// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import java.util.List;

/// What a free device does now.
public sealed interface Decision<W extends Waiting> {
    /// Computes these together, in this order.
    record Run<W extends Waiting>(List<W> batch) implements Decision<W> {
        public Run {
            batch = List.copyOf(batch);
        }

        public int rows() {
            return batch.stream().mapToInt(Waiting::rows).sum();
        }
    }

    /// Waits for calls that are about to come back, and decides again when one comes or the time is there.
    record Hold<W extends Waiting>(long until) implements Decision<W> {}

    /// Nothing waits.
    record Idle<W extends Waiting>() implements Decision<W> {}
}
