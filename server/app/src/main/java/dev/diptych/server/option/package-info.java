// SPDX-License-Identifier: Apache-2.0

/// What the values of options may be: each type reads a text of the command line, the environment or the configuration file, or says what it should have been.
@NullMarked
package dev.diptych.server.option;

import org.jspecify.annotations.NullMarked;
