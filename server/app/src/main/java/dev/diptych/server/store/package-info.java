// SPDX-License-Identifier: Apache-2.0

/// The store: SQLite, one writer thread with group commit, a few readers. Only this package speaks SQL; who uses it sees
/// rows and futures that complete when the change is on the disk.
@NullMarked
package dev.diptych.server.store;

import org.jspecify.annotations.NullMarked;
