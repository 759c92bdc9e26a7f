// SPDX-License-Identifier: Apache-2.0

/// The program: command line, HTTP, jobs, store and workers around the engine.
@NullMarked
package dev.diptych.server;

import org.jspecify.annotations.NullMarked;
