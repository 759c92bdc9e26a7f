// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Latent;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.inversion.LatentOrigin;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What noise that was found by inversion remembers, so that it can be sampled in the same way.
///
/// @param model the name of the model
/// @param path  which it was found along
/// @param label of the class; null for none
record PixelProvenance(String model, FoundPath path, @Nullable Integer label) {
    private static final String KIND = "diffusion inversion";
    private static final String MODEL = "model";
    private static final String LABEL = "label";

    Map<String, String> written(InversionMethod method) {
        Map<String, String> origin = new HashMap<>();
        origin.put(LatentOrigin.MADE_BY, KIND);
        origin.put(MODEL, model);
        path.writeTo(origin);
        origin.put("method", method.name());
        if (label != null) {
            origin.put(LABEL, label.toString());
        }
        return origin;
    }

    /// @return empty if the latent was not found by inversion
    /// @throws NodeException if sampling cannot begin with it, see [LatentOrigin#isFoundBy]
    static Optional<PixelProvenance> read(Latent latent) {
        if (!LatentOrigin.isFoundBy(KIND, latent)) {
            return Optional.empty();
        }
        Map<String, String> origin = latent.origin();
        try {
            String label = origin.get(LABEL);
            return Optional.of(
                    new PixelProvenance(
                            origin.getOrDefault(MODEL, ""),
                            FoundPath.read(origin),
                            label == null ? null : Integer.valueOf(label)));
        } catch (NumberFormatException e) {
            throw NodeException.user("diffusion/bad-latent", "What the inverted latent remembers cannot be read.")
                    .next("Invert the picture again.")
                    .causedBy(e);
        }
    }
}
