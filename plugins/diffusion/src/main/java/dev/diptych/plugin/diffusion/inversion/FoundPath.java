// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.ModelReference;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The way along which noise was found, as inverted latents of all families remember it.
///
/// @param timesteps ascending
/// @param ending    ᾱ where it ends at the picture's side
public record FoundPath(List<Integer> timesteps, double ending) {
    private static final String TIMESTEPS = "timesteps";
    private static final String ENDING = "ending";

    /// Copies the list.
    public FoundPath {
        timesteps = List.copyOf(timesteps);
    }

    /// To a clean picture; or for a network that predicts pictures, of which the noise of a clean one cannot be told, to the first level.
    public static FoundPath of(NoiseSchedule schedule, PredictionType prediction, List<Integer> timesteps) {
        boolean isOfPictures = prediction == PredictionType.SAMPLE;
        return new FoundPath(timesteps, isOfPictures ? schedule.alphaCumulative(timesteps.getFirst()) : 1);
    }

    /// What sampler and inversions go along.
    public DdimPath on(NoiseSchedule schedule, PredictionType prediction) {
        return DdimPath.of(schedule, timesteps.stream().mapToInt(Integer::intValue).toArray(), prediction, ending);
    }

    /// Into a latent's origin.
    public void writeTo(Map<String, String> origin) {
        origin.put(TIMESTEPS, timesteps.stream().map(String::valueOf).collect(Collectors.joining(",")));
        origin.put(ENDING, Double.toString(ending));
    }

    /// @throws NumberFormatException if the origin does not hold one
    public static FoundPath read(Map<String, String> origin) {
        return new FoundPath(
                Arrays.stream(origin.getOrDefault(TIMESTEPS, "").split(",", -1)).map(Integer::valueOf).toList(),
                Double.parseDouble(origin.getOrDefault(ENDING, "")));
    }

    /// By what a latent remembers the model that it was found with.
    public static String nameOf(ModelReference reference) {
        return reference.adapters().isEmpty() ? reference.id() : reference.toString();
    }
}
