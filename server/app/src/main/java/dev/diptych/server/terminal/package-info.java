// SPDX-License-Identifier: Apache-2.0

/// What a run looks like in a terminal: a line of progress, and pictures in block characters.
@NullMarked
package dev.diptych.server.terminal;

import org.jspecify.annotations.NullMarked;
