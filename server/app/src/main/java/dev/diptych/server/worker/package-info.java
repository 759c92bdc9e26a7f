// SPDX-License-Identifier: Apache-2.0

/// Workers: the processes that hold devices and run jobs. What they and their server say to each other is in `link`.
@NullMarked
package dev.diptych.server.worker;

import org.jspecify.annotations.NullMarked;
