// SPDX-License-Identifier: Apache-2.0

/// Bytes from and to other machines: what comes in as a stream, where this one may connect to, downloads that go on where they were broken off.
@NullMarked
package dev.diptych.server.transfer;

import org.jspecify.annotations.NullMarked;
