// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.PipelineContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.latent.Generation;
import dev.diptych.plugin.latent.LatentDiffusion;

import org.pf4j.Extension;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// diffusers' `StableUnCLIPPipeline` and `StableUnCLIPImg2ImgPipeline`: one generator draws for all stages, in their order.
@Extension
public final class StableUnclipCases implements CaseRunner {
    private static final String FROM_TEXT = "StableUnCLIPPipeline";
    private static final String FROM_IMAGE = "StableUnCLIPImg2ImgPipeline";

    @Override
    public boolean runs(ConformanceCase test) {
        Object pipeline = test.json().get("pipeline");
        return test.kind().equals("pipeline") && (FROM_TEXT.equals(pipeline) || FROM_IMAGE.equals(pipeline));
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        PipelineCall asked = PipelineCall.of(test, context);
        NodeContext node = asked.node();
        Config call = asked.arguments();
        NoiseGenerator generator = asked.generator();
        int copies = call.integer("num_images_per_prompt", 1);
        List<String> prompts = asked.rows("prompt", copies);
        boolean isFromText = FROM_TEXT.equals(test.json().get("pipeline"));
        double eta = call.number("eta", 0);
        StableUnclip unclip = new StableUnclip(node, PipelineContext.MODEL);
        LatentDiffusion diffusion = unclip.diffusion();
        int noiseLevel = call.integer("noise_level", 0);
        int skippedLayers = call.integer("clip_skip", 0);
        Generation wanted =
                new Generation(
                        prompts,
                        negatives(asked, prompts.size()),
                        call.integer("num_inference_steps", 20),
                        Math.max(1, call.number("guidance_scale", 10)),
                        0,
                        diffusion.hasEta() ? eta : 0,
                        isFromText ? skippedLayers : 0); // from a picture, the reference does not pass it on
        int height = call.integer("height", diffusion.usualHeight());
        int width = call.integer("width", diffusion.usualWidth());
        Supplier<Tensor> embeddings = isFromText ? imagined(asked, prompts, unclip.priorStep(eta)) : shown(asked);
        asked.finish();
        unclip.requirePossible(noiseLevel, wanted, height, width);
        Tensor labels = unclip.labels(embeddings.get(), noiseLevel, generator::normal);
        Tensor pictures =
                diffusion
                        .told(Slices.repeated(labels, prompts.size()))
                        .fromText(wanted, height, width, generator::normal);
        return Map.of("images", PipelineCall.channelsLast(pictures));
    }

    /// One for all, or one for each prompt.
    private static List<String> negatives(PipelineCall asked, int rows) {
        List<String> given = asked.rows("negative_prompt", 1);
        int copies = rows / given.size();
        return given.stream().flatMap(each -> Collections.nCopies(copies, each).stream()).toList();
    }

    /// One embedding for each prompt.
    private static Supplier<Tensor> imagined(PipelineCall asked, List<String> prompts, Map<String, Object> step) {
        int steps = asked.arguments().integer("prior_num_inference_steps", 25);
        double guidance = Math.max(1, asked.arguments().number("prior_guidance_scale", 4));
        DiffusionPrior prior = new DiffusionPrior(asked.node(), PipelineContext.MODEL);
        return () -> prior.sample(prompts, "", steps, guidance, step, asked.generator()::normal);
    }

    /// That of a picture.
    private static Supplier<Tensor> shown(PipelineCall asked) {
        Image image = asked.image("image");
        return () -> Clip.of(asked.node(), PipelineContext.MODEL).images(List.of(image));
    }
}
