// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;

/// A network with its conditions filled in: what remains is a noisy input and how noisy it is. Conditions of any kind, a label, an image, a text, are
/// what the function closes over. Pictures, latents and embeddings are denoised alike.
///
/// ```java
/// Denoiser lion = (x, t) -> unet.call(Map.of("sample", x, "timestep", Timesteps.of(x, t), "encoder_hidden_states", text)).get("sample");
/// Denoiser guided = ClassifierFreeGuidance.of(lion, nothing, 7.5).rescaled(0.7);
/// ```
@FunctionalInterface
public interface Denoiser {
    /// One call of the network.
    ///
    /// @param x        (batch, channels, …), float32, scaled as the network wants it
    /// @param timestep how noisy, as the network was trained to be told
    /// @return what the network predicts, of x's shape, or with twice the channels if it also tells the variance
    Tensor predict(Tensor x, double timestep);
}
