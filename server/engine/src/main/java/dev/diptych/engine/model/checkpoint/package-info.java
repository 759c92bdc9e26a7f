// SPDX-License-Identifier: Apache-2.0

/// Model files as their authors publish them: tensors by name, mapped and not copied, and the folders they lie in.
/// Bad and hostile files are refused with a reason; nothing here runs what a file says, and nothing needs a native library.
@NullMarked
package dev.diptych.engine.model.checkpoint;

import org.jspecify.annotations.NullMarked;
