// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

/// The levels of noise at which guidance acts. Kynkäänniemi et al., arXiv:2404.07724: guiding in the middle only is faster, and better.
///
/// @param from the least noisy timestep, included
/// @param to   the noisiest timestep, included
public record TimestepInterval(double from, double to) {
    /// @throws IllegalArgumentException if `from` is above `to`
    public TimestepInterval {
        if (!(from <= to)) {
            throw new IllegalArgumentException("An interval of timesteps from %s to %s is empty".formatted(from, to));
        }
    }

    /// All of them.
    public static TimestepInterval always() {
        return new TimestepInterval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /// Whether guidance acts there.
    public boolean contains(double timestep) {
        return timestep >= from && timestep <= to;
    }
}
