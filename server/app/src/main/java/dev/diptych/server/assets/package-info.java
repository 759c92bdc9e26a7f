// SPDX-License-Identifier: Apache-2.0

/// Uploads and declared outputs: content-addressed files with a row each, thumbnails of them, and their sweep.
@NullMarked
package dev.diptych.server.assets;

import org.jspecify.annotations.NullMarked;
