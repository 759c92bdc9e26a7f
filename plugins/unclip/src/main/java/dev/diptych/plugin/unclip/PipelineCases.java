// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.PipelineContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import org.pf4j.Extension;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/// diffusers' `UnCLIPPipeline` and `UnCLIPImageVariationPipeline`: one generator draws for all stages, in their order.
@Extension
public final class PipelineCases implements CaseRunner {
    private static final String FROM_TEXT = "UnCLIPPipeline";
    private static final String FROM_IMAGE = "UnCLIPImageVariationPipeline";

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
        boolean isFromText = FROM_TEXT.equals(test.json().get("pipeline"));
        int copies = call.integer("num_images_per_prompt", 1);
        List<String> prompts = asked.rows("prompt", copies);
        double decoderGuidance = call.number("decoder_guidance_scale", 8);
        int decoderSteps = call.integer("decoder_num_inference_steps", 25);
        int enlargingSteps = call.integer("super_res_num_inference_steps", 7);
        List<Embedding> embeddings;
        if (isFromText) {
            double priorGuidance = call.number("prior_guidance_scale", 4);
            int priorSteps = call.integer("prior_num_inference_steps", 25);
            asked.finish();
            boolean isGuided = priorGuidance > 1 || decoderGuidance > 1;
            DiffusionPrior prior = new DiffusionPrior(node, PipelineContext.MODEL);
            Tensor drawn =
                    prior.sample(prompts, "", priorSteps, isGuided ? priorGuidance : 1, Map.of(), generator::normal);
            embeddings = Clip.rows(drawn, prior.space());
            decoderGuidance = isGuided ? decoderGuidance : 1;
        } else {
            Image image = asked.image("image");
            asked.finish();
            Embedding embedding = Clip.of(node, PipelineContext.MODEL).imageEmbeddings(List.of(image)).getFirst();
            embeddings = Collections.nCopies(copies, embedding);
            decoderGuidance = Math.max(1, decoderGuidance);
        }
        UnclipDecoder decoder = new UnclipDecoder(node, PipelineContext.MODEL);
        Denoiser denoiser = decoder.denoiser(embeddings, prompts, "", decoderGuidance);
        Solver solver = Solvers.of(decoder.scheduler(), decoderSteps);
        Tensor start =
                TensorMath.linear(
                        solver.initialScale(),
                        generator.normal(prompts.size(), decoder.channels(), decoder.side(), decoder.side()));
        Tensor small = TensorMath.clamp(Sampler.of(solver, denoiser).drawing(generator::normal).run(start), -1, 1);
        Tensor large =
                new UnclipUpsampler(node, PipelineContext.MODEL).enlarge(small, enlargingSteps, generator::normal);
        return Map.of("images", PipelineCall.channelsLast(large));
    }
}
