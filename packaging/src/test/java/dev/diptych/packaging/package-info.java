// SPDX-License-Identifier: Apache-2.0

/// Holds the release by what it does once it is unpacked.
@NullMarked
package dev.diptych.packaging;

import org.jspecify.annotations.NullMarked;
