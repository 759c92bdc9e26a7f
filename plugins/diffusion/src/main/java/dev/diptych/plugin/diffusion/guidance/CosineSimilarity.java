// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// How near pictures lie to something wanted, judged by an encoder: ⟨z, z_i(x)⟩ of embeddings of length one. What guides is made of its gradient.
///
/// ```java
/// Gradient noiseAware = clip.logits(100).scaled(3); // GLIDE's, at the noisy x
/// Denoiser guided = new PictureGuidance(denoiser, clip.sphericalDistance().scaled(30), schedule, prediction);
/// ```
@FunctionalInterface
public interface CosineSimilarity {
    /// What an encoder finds.
    ///
    /// @param cosines  of each sample
    /// @param gradient of the sum of the cosines, of the pictures' shape
    record Found(double[] cosines, Tensor gradient) {}

    /// @param pictures (batch, channels, height, width), -1 to 1
    /// @param timestep for encoders that know noise
    Found at(Tensor pictures, double timestep);

    /// ∇ₓ factor ⟨z, z_i(x)⟩. Nichol et al., "GLIDE", arXiv:2112.10741, section 2.4.
    ///
    /// @param factor e to the power of CLIP's `logit_scale`: 100 in published ones
    default Gradient logits(double factor) {
        return (x, timestep) -> TensorMath.linear(factor, at(x, timestep).gradient());
    }

    /// -∇ₓ 2 arcsin²(‖z - z_i(x)‖ / 2): along the great circle, so that what lies far is pulled harder. Crowson's `spherical_dist_loss`.
    default Gradient sphericalDistance() {
        return (x, timestep) -> {
            Found found = at(x, timestep);
            double[] pulls = new double[found.cosines().length];
            for (int i = 0; i < pulls.length; i++) {
                pulls[i] = pull(found.cosines()[i]);
            }
            return TensorMath.scaleSamples(found.gradient(), pulls);
        };
    }

    /// The distance is θ²/2, and θ = arccos c: its derivative by -c is θ / sin θ. At the point opposite, where no way is the shortest, it is bounded.
    private static double pull(double cosine) {
        double angle = Math.acos(Math.clamp(cosine, -1 + 1e-6, 1));
        return angle < 1e-6 ? 1 : angle / Math.sin(angle);
    }
}
