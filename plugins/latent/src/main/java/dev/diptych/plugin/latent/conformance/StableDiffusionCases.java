// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.PipelineContext;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.latent.Generation;
import dev.diptych.plugin.latent.LatentDiffusion;
import dev.diptych.plugin.latent.PaintMask;

import org.pf4j.Extension;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Cases of the kind `pipeline`: `StableDiffusionPipeline`, `StableDiffusionImg2ImgPipeline` and `StableDiffusionInpaintPipeline` of diffusers.
@Extension
public final class StableDiffusionCases implements CaseRunner {
    private static final String TEXT = "StableDiffusionPipeline";
    private static final String PICTURE = "StableDiffusionImg2ImgPipeline";
    private static final String INPAINT = "StableDiffusionInpaintPipeline";

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("pipeline") && List.of(TEXT, PICTURE, INPAINT).contains(pipeline(test));
    }

    private static String pipeline(ConformanceCase test) {
        return String.valueOf(test.json().get("pipeline"));
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        NodeContext node = PipelineContext.of(context).node(folder(test));
        if (node.components(PipelineContext.MODEL).contains("safety_checker")) {
            throw new UnsupportedOperationException("A safety checker is not implemented");
        }
        LatentDiffusion diffusion = LatentDiffusion.of(node, PipelineContext.MODEL);
        CallArguments call = new CallArguments(test.json().get("call"));
        CasePictures pictures = new CasePictures(test.inputs(), diffusion.factor());
        NoiseSource noise = new NoiseGenerator(new Seed(call.seed("seed")))::normal;
        Tensor made =
                switch (pipeline(test)) {
                    case PICTURE -> changed(diffusion, call, pictures, noise);
                    case INPAINT -> inpainted(diffusion, call, pictures, noise);
                    default -> drawn(diffusion, call, pictures, noise);
                };
        return Map.of("images", channelsLast(made));
    }

    private static Path folder(ConformanceCase test) {
        if (!(test.json().get("checkpoint") instanceof String folder)) {
            throw new UnsupportedOperationException("A case of a pipeline needs checkpoint, a folder");
        }
        return test.folder().resolve(folder);
    }

    private static Tensor drawn(
            LatentDiffusion diffusion, CallArguments call, CasePictures pictures, NoiseSource noise) {
        Generation wanted = generation(diffusion, call, call.number("guidance_rescale", 0));
        int height = call.integer("height", diffusion.usualHeight());
        int width = call.integer("width", diffusion.usualWidth());
        call.finish();
        pictures.requireOnly();
        return diffusion.fromText(wanted, height, width, noise);
    }

    private static Tensor changed(
            LatentDiffusion diffusion, CallArguments call, CasePictures pictures, NoiseSource noise) {
        Generation wanted = generation(diffusion, call, 0);
        double strength = call.number("strength", 0.8);
        call.finish();
        pictures.requireOnly("image");
        Tensor picture =
                holdsLatents(pictures, diffusion)
                        ? Objects.requireNonNull(pictures.inputs().get("image"))
                        : pictures.picture("image", 0, 0);
        return diffusion.fromPicture(wanted, picture, strength, noise);
    }

    private static boolean holdsLatents(CasePictures pictures, LatentDiffusion diffusion) {
        Tensor image = pictures.inputs().get("image");
        return image != null && image.rank() == 4 && image.size(1) == diffusion.latentChannels();
    }

    private static Tensor inpainted(
            LatentDiffusion diffusion, CallArguments call, CasePictures pictures, NoiseSource noise) {
        Generation wanted = generation(diffusion, call, 0);
        int height = call.integer("height", diffusion.usualHeight());
        int width = call.integer("width", diffusion.usualWidth());
        double strength = call.number("strength", 1);
        call.finish();
        pictures.requireOnly("image", "mask_image");
        return diffusion.inpaint(
                wanted,
                pictures.picture("image", width, height),
                PaintMask.binarized(pictures.mask("mask_image", width, height)),
                strength,
                noise);
    }

    /// Up to a guidance scale of 1 the reference does not guide, where [Generation#guidanceScale] goes on to unconditional.
    private static Generation generation(LatentDiffusion diffusion, CallArguments call, double rescale) {
        double guidance = call.number("guidance_scale", 7.5);
        double eta = call.number("eta", 0);
        int copies = call.integer("num_images_per_prompt", 1);
        List<String> prompts = call.texts("prompt");
        List<String> negatives = call.texts("negative_prompt");
        return new Generation(
                copied(prompts, copies),
                copied(negatives.isEmpty() ? Collections.nCopies(prompts.size(), "") : negatives, copies),
                call.integer("num_inference_steps", 50),
                diffusion.guidesItself() ? guidance : Math.max(1, guidance),
                rescale,
                diffusion.hasEta() ? eta : 0,
                call.integer("clip_skip", 0));
    }

    private static List<String> copied(List<String> texts, int copies) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.addAll(Collections.nCopies(copies, text)));
        return all;
    }

    /// From (batch, 3, height, width), -1 to 1, to (batch, height, width, 3), 0 to 1
    private static Tensor channelsLast(Tensor pictures) {
        int channels = pictures.size(1);
        int plane = pictures.size(2) * pictures.size(3);
        float[] from = pictures.floats();
        float[] to = new float[from.length];
        for (int sample = 0; sample < pictures.size(0); sample++) {
            for (int channel = 0; channel < channels; channel++) {
                for (int i = 0; i < plane; i++) {
                    to[(sample * plane + i) * channels + channel] =
                            Math.clamp(from[(sample * channels + channel) * plane + i] * 0.5f + 0.5f, 0f, 1f);
                }
            }
        }
        return Tensor.ofFloats(to, pictures.size(0), pictures.size(2), pictures.size(3), channels);
    }
}
