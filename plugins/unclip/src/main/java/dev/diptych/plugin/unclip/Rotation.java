// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import java.util.Arrays;

/// Between two noises on the sphere that Gaussian noise lies on.
final class Rotation {
    private Rotation() {}

    /// Spherical interpolation; at the ends the noise itself, to the bit.
    ///
    /// @param t 0 gives a, 1 gives b
    static Tensor between(Tensor a, Tensor b, double t) {
        if (!Arrays.equals(a.shape(), b.shape())) {
            throw NodeException.user(
                    "unclip/noise-shape",
                    "Noise of shape %s and of shape %s cannot be blended.",
                    Arrays.toString(a.shape()),
                    Arrays.toString(b.shape()));
        }
        if (t == 0 || t == 1) {
            return t == 0 ? a : b;
        }
        double cosine = TensorMath.dot(a, b) / (TensorMath.norm(a) * TensorMath.norm(b));
        double angle = Math.acos(Math.clamp(cosine, -1, 1));
        if (!(Math.sin(angle) > 1e-6)) {
            return TensorMath.linear(1 - t, a, t, b);
        }
        return TensorMath.linear(
                Math.sin((1 - t) * angle) / Math.sin(angle), a, Math.sin(t * angle) / Math.sin(angle), b);
    }
}
