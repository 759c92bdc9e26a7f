// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells families by the classes that published configurations name.
final class Families {
    private static final String TEXT_TO_IMAGE = "text-to-image";
    private static final String IMAGE_TO_IMAGE = "image-to-image";
    private static final String INPAINTING = "inpainting";
    private static final String VARIATIONS = "image-variations";
    private static final String UNCONDITIONAL = "unconditional-image-generation";
    private static final String TEXT_TO_VIDEO = "text-to-video";
    private static final String SUPER_RESOLUTION = "super-resolution";
    private static final String SIMILARITY = "text-image-similarity";
    private static final int CROSS_ATTENTION_OF_1 = 768;
    private static final int CHANNELS_OF_INPAINTING = 9;

    private static final Map<String, Family> BY_CLASS =
            Map.ofEntries(
                    Map.entry("StableDiffusionPipeline", Family.of("Stable Diffusion", TEXT_TO_IMAGE, IMAGE_TO_IMAGE)),
                    Map.entry(
                            "StableDiffusionImg2ImgPipeline",
                            Family.of("Stable Diffusion", TEXT_TO_IMAGE, IMAGE_TO_IMAGE)),
                    Map.entry("StableDiffusionInpaintPipeline", Family.of("Stable Diffusion", INPAINTING)),
                    Map.entry(
                            "StableDiffusionUpscalePipeline", Family.of("Stable Diffusion upscaler", SUPER_RESOLUTION)),
                    Map.entry(
                            "StableDiffusionLatentUpscalePipeline",
                            Family.of("Stable Diffusion upscaler", SUPER_RESOLUTION)),
                    Map.entry("StableDiffusionImageVariationPipeline", Family.of("Stable Diffusion", VARIATIONS)),
                    Map.entry(
                            "StableDiffusionXLPipeline",
                            Family.of("Stable Diffusion XL", TEXT_TO_IMAGE, IMAGE_TO_IMAGE)),
                    Map.entry("StableDiffusionXLImg2ImgPipeline", Family.of("Stable Diffusion XL", IMAGE_TO_IMAGE)),
                    Map.entry("StableDiffusionXLInpaintPipeline", Family.of("Stable Diffusion XL", INPAINTING)),
                    Map.entry("StableUnCLIPPipeline", Family.of("Stable unCLIP", TEXT_TO_IMAGE, VARIATIONS)),
                    Map.entry("StableUnCLIPImg2ImgPipeline", Family.of("Stable unCLIP", VARIATIONS)),
                    Map.entry("UnCLIPPipeline", Family.of("unCLIP", TEXT_TO_IMAGE, VARIATIONS)),
                    Map.entry("UnCLIPImageVariationPipeline", Family.of("unCLIP", VARIATIONS)),
                    Map.entry("KandinskyPipeline", Family.of("Kandinsky", TEXT_TO_IMAGE)),
                    Map.entry("KandinskyV22Pipeline", Family.of("Kandinsky", TEXT_TO_IMAGE)),
                    Map.entry("IFPipeline", Family.of("DeepFloyd IF", TEXT_TO_IMAGE)),
                    Map.entry("IFSuperResolutionPipeline", Family.of("DeepFloyd IF", SUPER_RESOLUTION)),
                    Map.entry("LDMTextToImagePipeline", Family.of("Latent Diffusion", TEXT_TO_IMAGE)),
                    Map.entry("LDMPipeline", Family.of("Latent Diffusion", UNCONDITIONAL)),
                    Map.entry("LDMSuperResolutionPipeline", Family.of("Latent Diffusion", SUPER_RESOLUTION)),
                    Map.entry("DDPMPipeline", Family.of("DDPM", UNCONDITIONAL)),
                    Map.entry("DDIMPipeline", Family.of("DDPM", UNCONDITIONAL)),
                    Map.entry("PNDMPipeline", Family.of("DDPM", UNCONDITIONAL)),
                    Map.entry("ScoreSdeVePipeline", Family.of("Score SDE", UNCONDITIONAL)),
                    Map.entry("TextToVideoSDPipeline", Family.of("ModelScope text-to-video", TEXT_TO_VIDEO)),
                    Map.entry("UNet2DModel", Family.of("U-Net", UNCONDITIONAL)),
                    Map.entry("SuperResModel", Family.of("Guided Diffusion", SUPER_RESOLUTION)),
                    Map.entry("UNet2DConditionModel", Family.of("U-Net")),
                    Map.entry("UNet3DConditionModel", Family.of("U-Net", TEXT_TO_VIDEO)),
                    Map.entry("AutoencoderKL", Family.of("Autoencoder", "image-encoding")),
                    Map.entry("PriorTransformer", Family.of("Prior", "image-embedding-from-text")),
                    Map.entry("CLIPModel", Family.of("CLIP", SIMILARITY)),
                    Map.entry("CLIPTextModel", Family.of("CLIP", "text-encoding")),
                    Map.entry("CLIPTextModelWithProjection", Family.of("CLIP", "text-encoding")),
                    Map.entry("CLIPVisionModel", Family.of("CLIP", "image-encoding")),
                    Map.entry("CLIPVisionModelWithProjection", Family.of("CLIP", "image-encoding")),
                    Map.entry("T5EncoderModel", Family.of("T5", "text-encoding")),
                    Map.entry("T5ForConditionalGeneration", Family.of("T5", "text-encoding")));

    private static final Map<String, Family> BY_MODEL_TYPE =
            Map.of("clip", Family.of("CLIP", SIMILARITY), "t5", Family.of("T5", "text-encoding"));

    private Families() {}

    /// @return the class's own name for one that is not listed, and `unknown` for none
    static Family of(ModelFolder folder) {
        String name = folder.className().orElse("");
        Family family = BY_CLASS.get(name);
        if (family == null) {
            family = BY_MODEL_TYPE.get(folder.config().path("model_type").asText());
        }
        if (family == null) {
            String type = folder.config().path("model_type").asText();
            return new Family(!name.isEmpty() ? name : !type.isEmpty() ? type : "unknown", List.of());
        }
        return family.name().equals("Stable Diffusion") ? stableDiffusion(family, folder) : family;
    }

    /// Versions and variants share the pipeline's class; the U-Net tells them apart.
    private static Family stableDiffusion(Family family, ModelFolder folder) {
        Optional<ModelComponent> unet = Optional.ofNullable(folder.components().get("unet"));
        if (unet.isEmpty()) {
            return family;
        }
        JsonNode config = unet.get().config();
        JsonNode width = config.path("cross_attention_dim");
        String version = !width.isInt() ? "" : width.intValue() == CROSS_ATTENTION_OF_1 ? " 1" : " 2";
        boolean isInpainting = config.path("in_channels").asInt() == CHANNELS_OF_INPAINTING;
        return new Family(family.name() + version, isInpainting ? List.of(INPAINTING) : family.tasks());
    }

    /// The family of a single file, by the names of its tensors: `LayoutMarks` has these.
    static Family ofLayout(LayoutMarks.Layout layout) {
        return switch (layout) {
            case STABLE_DIFFUSION_1 -> Family.of("Stable Diffusion 1", TEXT_TO_IMAGE, IMAGE_TO_IMAGE);
            case STABLE_DIFFUSION_2 -> Family.of("Stable Diffusion 2", TEXT_TO_IMAGE, IMAGE_TO_IMAGE);
            case STABLE_DIFFUSION_XL -> Family.of("Stable Diffusion XL", TEXT_TO_IMAGE, IMAGE_TO_IMAGE);
            case STABLE_DIFFUSION_INPAINTING -> Family.of("Stable Diffusion", INPAINTING);
            case LATENT_DIFFUSION -> Family.of("Latent Diffusion");
            case OPENAI_CLIP, CLIP -> Family.of("CLIP", SIMILARITY);
            case GLIDE -> Family.of("GLIDE", TEXT_TO_IMAGE);
            case GUIDED_DIFFUSION -> Family.of("Guided Diffusion", UNCONDITIONAL);
            case DIFFUSION_AUTOENCODER -> Family.of("Diffusion Autoencoder", "image-encoding");
            case UNET -> Family.of("U-Net");
            case AUTOENCODER -> Family.of("Autoencoder", "image-encoding");
            case LOW_RANK_ADAPTER -> Family.of("LoRA", "adapter");
            case LYCORIS_ADAPTER -> Family.of("LyCORIS", "adapter");
            case TEXTUAL_INVERSION -> Family.of("Textual inversion", "adapter");
            case UNKNOWN -> Family.of("unknown");
        };
    }
}
