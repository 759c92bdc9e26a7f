// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import java.util.Arrays;

/// Which of the trained timesteps a solver visits: diffusers' `timestep_spacing`, after table 2 of Lin et al., arXiv:2305.08891.
/// All lists descend. Rounding is NumPy's, half to even.
public enum TimestepSpacing {
    /// Multiples of the integer stride, starting from 0; the noisiest level may stay unvisited.
    LEADING,
    /// Strides counted down from the noisiest level.
    TRAILING,
    /// Both ends are visited.
    LINSPACE;

    /// As diffusers' DDPM, DDIM and PNDM schedulers do: integers.
    ///
    /// @param trained how many timesteps there are
    /// @param steps   how many to visit, 1 … trained
    /// @param offset  added when [#LEADING]: `steps_offset`
    public double[] timesteps(int trained, int steps, int offset) {
        return switch (this) {
            case LEADING -> leading(trained / steps, steps, offset);
            case TRAILING -> trailing(trained, (double) trained / steps);
            case LINSPACE -> rounded(linspace(trained - 1, steps));
        };
    }

    /// As diffusers' Euler and Heun schedulers do: [#LINSPACE] is not rounded to integers, but to float32.
    public double[] fractional(int trained, int steps, int offset) {
        if (this != LINSPACE) {
            return timesteps(trained, steps, offset);
        }
        double[] timesteps = linspace(trained - 1, steps);
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (float) timesteps[i];
        }
        return timesteps;
    }

    /// As diffusers' multistep schedulers do: the last of `steps + 1` levels is left to the final sigma.
    ///
    /// @param last timesteps from this one on are not visited; `trained` unless the logarithmic signal-to-noise ratio is clipped
    public double[] multistep(int trained, int last, int steps, int offset) {
        return switch (this) {
            case LEADING -> withoutLast(leading(last / (steps + 1), steps + 1, offset));
            case TRAILING -> trailing(last, (double) trained / steps);
            case LINSPACE -> withoutLast(rounded(linspace(last - 1, steps + 1)));
        };
    }

    private static double[] leading(int stride, int count, int offset) {
        double[] timesteps = new double[count];
        for (int i = 0; i < count; i++) {
            timesteps[i] = (double) (count - 1 - i) * stride + offset;
        }
        return timesteps;
    }

    /* numpy.arange(from, 0, -stride).round() - 1: its stride is the difference of its first two values. Where rounding makes it one value too long,
    as for 61 of 1000 steps, that value is timestep -1, and is left out. */
    private static double[] trailing(int from, double stride) {
        int count = (int) Math.ceil(from / stride);
        double delta = (from - stride) - from;
        double[] timesteps = new double[count];
        for (int i = 0; i < count; i++) {
            timesteps[i] = Math.rint(from + i * delta) - 1;
        }
        return timesteps[count - 1] < 0 ? withoutLast(timesteps) : timesteps;
    }

    private static double[] linspace(double end, int count) {
        double[] timesteps = new double[count];
        double stride = end / (count - 1);
        for (int i = 0; i < count; i++) {
            int reverse = count - 1 - i;
            timesteps[i] = count == 1 ? 0 : reverse == count - 1 ? end : reverse * stride;
        }
        return timesteps;
    }

    private static double[] rounded(double[] timesteps) {
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = Math.rint(timesteps[i]);
        }
        return timesteps;
    }

    private static double[] withoutLast(double[] timesteps) {
        return Arrays.copyOf(timesteps, timesteps.length - 1);
    }
}
