// SPDX-License-Identifier: Apache-2.0

/// From the description of a network to a program that libtorch runs. Pure Java: nothing here enters native code.
@NullMarked
package dev.diptych.engine.device.torchscript;

import org.jspecify.annotations.NullMarked;
