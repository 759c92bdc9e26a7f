// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.util.List;

/// Measures one part of Diptych against its goals.
interface Benchmark {
    /// As the command line names it.
    String name();

    /// @param isQuick takes seconds, for the code's sake; the figures then mean little
    List<Figure> run(boolean isQuick) throws Exception;
}
