// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.Fixtures;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.TensorView;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

class SingleFileTest {
    @Test
    void stable_diffusion_1_has_a_unet_an_autoencoder_and_a_text_tower() throws IOException {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        put(tensors, "model.diffusion_model.", "ldm-unet.left");
        put(tensors, "first_stage_model.", "ldm-vae.left");
        put(tensors, "cond_stage_model.transformer.", "clip-openai.right");
        SingleFile file = SingleFile.of(new TensorView(open("ldm-vae.left"), tensors), Map.of());

        assertThat(file.components().keySet()).containsExactly("unet", "vae", "text_encoder");
        assertNames(file, "unet", "ldm-unet.right");
        assertNames(file, "vae", "ldm-vae.right");
        assertThat(file.components().get("text_encoder").tensors()).containsKey("text_model.final_layer_norm.weight");
    }

    @Test
    void the_text_tower_of_stable_diffusion_2_leaves_out_its_last_block() throws IOException {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        put(tensors, "cond_stage_model.model.", "clip-openai.left");
        SingleFile file = SingleFile.of(new TensorView(open("clip-openai.left"), tensors), Map.of());

        assertThat(file.components().get("text_encoder").tensors().keySet())
                .allMatch(name -> name.startsWith("text_model."))
                .anyMatch(name -> name.contains("layers.0."))
                .noneMatch(name -> name.contains("layers.1."));
    }

    @Test
    void averaged_weights_take_the_place_of_the_last_ones() throws IOException {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        put(tensors, "model.diffusion_model.", "ldm-unet.left");
        StoredTensor average = tensors.get("model.diffusion_model.out.2.weight");
        tensors.put("model_ema.diffusion_modelinput_blocks00weight", average);
        SingleFile file = SingleFile.of(new TensorView(open("ldm-unet.left"), tensors), Map.of());

        assertThat(file.components().get("unet").tensors().get("conv_in.weight").data().address())
                .isEqualTo(average.data().address());
    }

    @Test
    void karlos_decoder_holds_a_network_and_a_projection() throws IOException {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        put(tensors, "model.", "karlo-unet.left");
        StoredTensor any = tensors.get("model.out.2.weight");
        tensors.put("model.clip_tok_proj.weight", any);
        tensors.put("model.cf_param", any);
        SingleFile file =
                SingleFile.of(new TensorView(open("karlo-unet.left"), tensors), Map.of("layers", 2, "head", 2));

        assertNames(file, "decoder", "karlo-unet.right");
        assertThat(file.components().get("text_proj").tensors().keySet())
                .containsExactly(
                        "clip_extra_context_tokens_proj.weight", "learned_classifier_free_guidance_embeddings");
    }

    @Test
    void karlos_upsamplers_lie_in_one_file() throws IOException {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        put(tensors, "model_first_steps.", "karlo-unet-upsampler.left");
        put(tensors, "model_last_step.", "karlo-unet-upsampler.left");
        SingleFile file = SingleFile.of(new TensorView(open("karlo-unet-upsampler.left"), tensors), Map.of());

        assertThat(file.components().keySet()).containsExactly("super_res_first", "super_res_last");
        assertNames(file, "super_res_last", "karlo-unet-upsampler.right");
    }

    private static void put(Map<String, StoredTensor> tensors, String prefix, String fixture) throws IOException {
        open(fixture).tensors().forEach((name, tensor) -> tensors.put(prefix + name, tensor.named(prefix + name)));
    }

    private static void assertNames(SingleFile file, String component, String fixture) throws IOException {
        assertThat(file.components().get(component).tensors().keySet())
                .containsExactlyInAnyOrderElementsOf(open(fixture).tensors().keySet());
    }

    private static Checkpoint open(String fixture) throws IOException {
        return CheckpointFiles.open(Fixtures.path("keymap/" + fixture + ".safetensors"));
    }
}
