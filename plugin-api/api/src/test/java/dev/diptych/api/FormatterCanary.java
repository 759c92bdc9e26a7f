// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/// Looks as no formatter would leave it. x_{t-1} = sqrt(alpha_{t-1}) * (x_t - sqrt(1 - alpha_t) * e) / sqrt(alpha_t) + sqrt(1 - alpha_{t-1}) * e stays on one line.
/// Two imports are used in documentation only: [ArrayDeque], and with a label [a lock][ReentrantLock].
///
/// | table | of two columns |
/// |---|---|
/// | short |    spaces    inside    |
///
/// - a list
///     - with a deep indent
///
/// ```java
/// int   spaced   =   1;   // (batch, heads, tokens, headDim)
/// ```
final class FormatterCanary {
    private FormatterCanary() {}
}
