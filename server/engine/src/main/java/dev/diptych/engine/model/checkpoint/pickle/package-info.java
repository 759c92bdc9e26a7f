// SPDX-License-Identifier: Apache-2.0

/// Reads Python's pickles as data. A pickle is a program for a stack machine; this one has the instructions that build containers, numbers and
/// texts, and asks its user which names it may meet. It runs nothing, loads no class, and refuses what it does not know by name.
@NullMarked
package dev.diptych.engine.model.checkpoint.pickle;

import org.jspecify.annotations.NullMarked;
