// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import java.util.Collections;
import java.util.List;

/// What is to be made, apart from pictures: one caption for each picture of the batch.
///
/// @param prompts         one for each picture
/// @param negatives       what each is guided away from; as many
/// @param steps           `num_inference_steps`; some solvers call the network more often
/// @param guidanceScale   g of [dev.diptych.plugin.diffusion.guidance.ClassifierFreeGuidance]: 0 unconditional, 1 conditional and half the work, more exaggerates
/// @param guidanceRescale φ of [dev.diptych.plugin.diffusion.guidance.ClassifierFreeGuidance#rescaled], 0 for none
/// @param eta             of the DDIM solver: 0 deterministic, 1 ancestral; other solvers have none
/// @param skippedLayers   how many of the text encoder's last layers are left out for the prompts: `clip_skip`
public record Generation(
        List<String> prompts,
        List<String> negatives,
        int steps,
        double guidanceScale,
        double guidanceRescale,
        double eta,
        int skippedLayers) {
    /// @throws IllegalArgumentException if there is no prompt, or there are not as many negatives
    public Generation {
        prompts = List.copyOf(prompts);
        negatives = List.copyOf(negatives);
        if (prompts.isEmpty() || prompts.size() != negatives.size()) {
            throw new IllegalArgumentException(prompts.size() + " prompts, " + negatives.size() + " negative ones");
        }
    }

    /// One picture.
    public static Generation of(String prompt, String negative, int steps, double guidanceScale, double eta) {
        return new Generation(
                Collections.singletonList(prompt),
                Collections.singletonList(negative),
                steps,
                guidanceScale,
                0,
                eta,
                0);
    }

    /// How many pictures.
    public int count() {
        return prompts.size();
    }
}
