// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;

import java.util.Iterator;
import java.util.List;

/// Where solvers draw standard normal noise from. They draw in the order of their reference, so that a generator with PyTorch's numbers gives PyTorch's pictures.
@FunctionalInterface
public interface NoiseSource {
    /// The next draw.
    ///
    /// @return float32 of that shape, mean 0, variance 1
    Tensor normal(int... shape);

    /// For solvers that draw nothing.
    ///
    /// @return a source that throws `IllegalStateException` when it is asked
    static NoiseSource none() {
        return _ -> {
            throw new IllegalStateException("This solver draws noise; give it a source");
        };
    }

    /// Draws that were made before, one after the other.
    ///
    /// @return a source that throws `IllegalStateException` after the last
    static NoiseSource of(List<Tensor> draws) {
        Iterator<Tensor> iterator = draws.iterator();
        return _ -> {
            if (!iterator.hasNext()) {
                throw new IllegalStateException("All " + draws.size() + " draws are used up");
            }
            return iterator.next();
        };
    }
}
