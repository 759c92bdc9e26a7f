// SPDX-License-Identifier: Apache-2.0

/// Benchmarks, each printed with its goal and with a peer measured in the same run.
@NullMarked
package dev.diptych.bench;

import org.jspecify.annotations.NullMarked;
