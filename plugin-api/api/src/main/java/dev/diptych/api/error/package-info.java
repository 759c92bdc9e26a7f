// SPDX-License-Identifier: Apache-2.0

/// Errors that reach a user: kind, code, message, and what to do next.
@NullMarked
package dev.diptych.api.error;

import org.jspecify.annotations.NullMarked;
