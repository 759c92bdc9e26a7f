// SPDX-License-Identifier: Apache-2.0

/// The values that travel along links: immutable, plain Java, readable from any thread. Tensors own no native memory.
@NullMarked
package dev.diptych.api.value;

import org.jspecify.annotations.NullMarked;
