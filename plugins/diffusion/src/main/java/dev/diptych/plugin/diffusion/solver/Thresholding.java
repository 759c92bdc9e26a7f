// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// What is done to a predicted picture that leaves the range of pictures, as strong guidance makes it do.
@FunctionalInterface
public interface Thresholding {
    /// @param denoised a predicted picture, (batch, …)
    /// @return of the same shape
    Tensor apply(Tensor denoised);

    /// Nothing. For latents, which have no range.
    static Thresholding none() {
        return denoised -> denoised;
    }

    /// Static: values are moved into -range … range. `clip_sample`, `clip_denoised`.
    static Thresholding clip(double range) {
        return denoised -> TensorMath.clamp(denoised, -range, range);
    }

    /// Dynamic: the range of each sample is a quantile of its absolute values, at least 1; the result is divided by it.
    /// Saharia et al., arXiv:2205.11487, section 2.3; `_threshold_sample`.
    ///
    /// @param ratio   which quantile, 0 to 1
    /// @param largest what the range never exceeds; infinite in the paper
    static Thresholding dynamic(double ratio, double largest) {
        return denoised -> {
            double[] ranges = TensorMath.absoluteQuantiles(denoised, ratio);
            int size = denoised.length() / ranges.length;
            float[] values = denoised.floats();
            float[] out = new float[values.length];
            for (int sample = 0; sample < ranges.length; sample++) {
                float range = (float) Math.min(Math.max(ranges[sample], 1), largest);
                for (int i = sample * size; i < (sample + 1) * size; i++) {
                    out[i] = Math.min(Math.max(values[i], -range), range) / range;
                }
            }
            return Tensor.ofFloats(out, denoised.shape());
        };
    }
}
