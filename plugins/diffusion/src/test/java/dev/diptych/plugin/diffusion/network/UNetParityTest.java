// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

/// Forward passes against those of diffusers. The configurations are none that is published: each has as many options as go together, odd widths and odd sizes.
class UNetParityTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ddpm",
                "deepfloyd",
                "kandinsky",
                "karlo-decoder",
                "latent-upscaler",
                "mixed-resampling",
                "score-sde",
                "stable-diffusion",
                "stable-diffusion-xl",
                "text-to-video",
            })
    void computes_what_diffusers_computes(String name) {
        NetworkParity.check(
                Path.of("src/test/resources/network/unet").resolve(name),
                new UNet2DConditionModel(),
                new UNet2DModel(),
                new UNet3DConditionModel());
    }
}
