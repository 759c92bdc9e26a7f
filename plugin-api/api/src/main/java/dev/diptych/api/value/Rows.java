// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.concurrent.CancellationException;

/// Loops over the rows of pictures, which may take seconds.
final class Rows {
    private Rows() {}

    /// At the start of each row.
    static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("The thread was interrupted");
        }
    }
}
