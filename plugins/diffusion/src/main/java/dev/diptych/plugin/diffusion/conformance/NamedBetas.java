// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Schedules and respacings by the names that guided-diffusion gives them.
final class NamedBetas {
    private NamedBetas() {}

    static double[] of(String name, int steps) {
        return switch (name) {
            case "linear" -> Betas.linear(steps);
            case "cosine" -> Betas.cosine(steps);
            case "const0.008" -> Betas.constant(0.008, steps);
            default ->
                    throw new UnsupportedOperationException(
                            "The noise schedule \""
                                    + name
                                    + "\" is not implemented; there are linear, cosine and const0.008");
        };
    }

    /// @param respacing a text, a list of numbers, or null for all timesteps
    static int[] timesteps(@Nullable Object respacing, int steps) {
        return switch (respacing) {
            case null -> TimestepRespacing.parse("", steps);
            case List<?> counts ->
                    TimestepRespacing.sections(
                            steps, counts.stream().mapToInt(count -> ((Number) count).intValue()).toArray());
            default -> TimestepRespacing.parse(respacing.toString(), steps);
        };
    }
}
