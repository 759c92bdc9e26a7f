// SPDX-License-Identifier: Apache-2.0

/// One network's parameters under the names of different authors. Which name is which is data: the `.keymap` files beside this package's classes.
/// A map is a view of a checkpoint, in either direction; it copies only what must be put together or taken apart.
@NullMarked
package dev.diptych.engine.model.checkpoint.keymap;

import org.jspecify.annotations.NullMarked;
