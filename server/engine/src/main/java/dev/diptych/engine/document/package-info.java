// SPDX-License-Identifier: Apache-2.0

/// The language: documents as they are written, the types of values, the schemas of nodes, and problems found. Pure: no files, no threads.
@NullMarked
package dev.diptych.engine.document;

import org.jspecify.annotations.NullMarked;
