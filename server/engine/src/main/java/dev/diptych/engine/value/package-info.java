// SPDX-License-Identifier: Apache-2.0

/// Values as bytes: canonical encodings with digests, image files, and the files that hold assets by their hash.
@NullMarked
package dev.diptych.engine.value;

import org.jspecify.annotations.NullMarked;
