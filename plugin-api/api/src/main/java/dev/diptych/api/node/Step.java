// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

/// One turn of a loop that reports its progress.
///
/// @param index from 0
/// @param count how many turns there are
public record Step(int index, int count) {
    /// Whether no turn follows.
    public boolean isLast() {
        return index == count - 1;
    }
}
