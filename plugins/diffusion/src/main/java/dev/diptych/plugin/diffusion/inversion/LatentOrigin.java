// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Latent;

/// Who made a latent, as its origin tells.
public final class LatentOrigin {
    /// The key under which an origin tells it.
    public static final String MADE_BY = "made by";

    /// Noise that was drawn.
    public static final String NOISE = "noise";

    /// A picture with the noise of a timestep.
    public static final String FORWARD = "forward diffusion";

    /// What those end with that inversions of any family found.
    private static final String INVERSION = "inversion";

    private LatentOrigin() {}

    /// Whether a latent was found by inversions of one family; if not, it is noise, as far as is known.
    ///
    /// @param kind what that family calls them; ends with `inversion`
    /// @throws NodeException `diffusion/not-noise` for a picture with some noise, `diffusion/other-model` for what inversions of another family found
    public static boolean isFoundBy(String kind, Latent latent) {
        String maker = latent.origin().getOrDefault(MADE_BY, NOISE);
        if (maker.equals(kind)) {
            return true;
        }
        if (maker.equals(FORWARD)) {
            throw NodeException.user(
                            "diffusion/not-noise",
                            "This is a picture with the noise of timestep %s, and sampling begins with noise alone.",
                            latent.origin().getOrDefault("timestep", "?"))
                    .next("Use diffusion/image-to-image for the picture.");
        }
        if (maker.endsWith(INVERSION)) {
            throw NodeException.user(
                            "diffusion/other-model",
                            "The noise was found with a model of another family, and is given to one that makes something else of it.")
                    .next("Take it where it comes from, or invert the picture anew with this model.");
        }
        return false;
    }
}
