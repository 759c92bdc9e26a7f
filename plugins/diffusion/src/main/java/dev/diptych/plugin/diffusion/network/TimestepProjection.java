// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

/// A number as a vector of features: of the time, of a noise level, of a size. Computed in float32.
sealed interface TimestepProjection {
    /// What the numbers are.
    SymbolType type();

    /// How many features.
    int width();

    /// (count) → (count, width), in the network's number format
    Symbol of(Symbol numbers);

    /// Sines and cosines of falling frequencies. Vaswani et al., arXiv:1706.03762, section 3.5.
    ///
    /// @param flipSinToCos cosines first
    /// @param freqShift    1 lets the last frequency be the lowest; with 0 it would be that of the feature after the last
    record Sinusoidal(int width, boolean flipSinToCos, double freqShift) implements TimestepProjection {
        private static final double LONGEST_PERIOD = 10_000;

        @Override
        public SymbolType type() {
            return SymbolType.FLOAT32;
        }

        @Override
        public Symbol of(Symbol numbers) {
            var f = numbers.function();
            int half = width / 2;
            var frequencies =
                    f.range(Size.of(half))
                            .toFloat32()
                            .times(-Math.log(LONGEST_PERIOD))
                            .dividedBy(half - freqShift)
                            .exp(); // (half)
            var features = sinesAndCosines(numbers.unsqueeze(1).times(frequencies.unsqueeze(0)), flipSinToCos);
            return (width % 2 == 0 ? features : features.pad(0, 0, 1)).toFloat();
        }
    }

    /// Sines and cosines of frequencies that were drawn once. Tancik et al., arXiv:2006.10739; Song et al., arXiv:2011.13456, appendix C.
    final class Fourier extends Module implements TimestepProjection {
        private final Parameter weight;
        private final transient int width;
        private final transient boolean flipSinToCos;
        private final transient boolean takesLogarithm;

        /// @param takesLogarithm whether the number is a noise level of which the logarithm counts
        Fourier(int width, boolean flipSinToCos, boolean takesLogarithm) {
            weight = new Parameter(width / 2);
            this.width = width;
            this.flipSinToCos = flipSinToCos;
            this.takesLogarithm = takesLogarithm;
        }

        @Override
        public SymbolType type() {
            return SymbolType.FLOAT32;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public Symbol of(Symbol numbers) {
            var x = takesLogarithm ? numbers.log() : numbers;
            var frequencies = x.of(weight).toFloat32().unsqueeze(0); // (1, width / 2)
            return sinesAndCosines(x.unsqueeze(1).times(frequencies).times(2).times(Math.PI), flipSinToCos).toFloat();
        }
    }

    /// A table, a row for each step.
    final class Learned extends Module implements TimestepProjection {
        @Named("")
        private final Embedding table;

        private final transient int width;

        Learned(int count, int width) {
            table = new Embedding(count, width);
            this.width = width;
        }

        @Override
        public SymbolType type() {
            return SymbolType.INT64;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public Symbol of(Symbol numbers) {
            return table.of(numbers);
        }
    }

    private static Symbol sinesAndCosines(Symbol angles, boolean flipSinToCos) {
        return flipSinToCos
                ? Symbol.concatenate(1, angles.cos(), angles.sin())
                : Symbol.concatenate(1, angles.sin(), angles.cos());
    }
}
