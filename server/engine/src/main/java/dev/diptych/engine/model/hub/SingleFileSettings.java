// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The settings of networks that are published as one file without any: what the shapes of the weights tell, and for the rest what the authors of the
/// layout have always used. Keys are those of diffusers and transformers.
///
/// Differs from diffusers' `convert_from_ckpt` in nothing but the order of keys.
final class SingleFileSettings {
    private static final int HEAD_WIDTH = 64;
    private static final int QUICK_GELU_WIDTH = 768;
    private static final int LATENT_CHANNELS = 4;

    /// For how many steps the two of Stable Diffusion 2's networks were trained that work on 512 pixels: `512-base-ema.ckpt` and `v2-1_512-ema-pruned.ckpt`.
    private static final Set<String> STEPS_AT_512_PIXELS = Set.of("875000", "220000");

    private final LayoutMarks.Layout layout;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, Object> settings = new LinkedHashMap<>();

    private SingleFileSettings(LayoutMarks.Layout layout, Map<String, StoredTensor> tensors) {
        this.layout = layout;
        this.tensors = tensors;
    }

    /// @param tensors  of the component, under the names of diffusers or transformers
    /// @param metadata of the file
    static Map<String, Object> unet(
            LayoutMarks.Layout layout, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
        SingleFileSettings unet = new SingleFileSettings(layout, tensors);
        Map<String, Object> settings = unet.unet();
        if (layout == LayoutMarks.Layout.STABLE_DIFFUSION_2 && unet.size("conv_in.weight", 1) == LATENT_CHANNELS) {
            settings.put("sample_size", predictsVelocity(layout, metadata) ? 96 : 64);
        }
        return settings;
    }

    static Map<String, Object> vae(LayoutMarks.Layout layout, Map<String, StoredTensor> tensors) {
        return new SingleFileSettings(layout, tensors).vae();
    }

    static Map<String, Object> textEncoder(LayoutMarks.Layout layout, Map<String, StoredTensor> tensors) {
        return new SingleFileSettings(layout, tensors).textEncoder();
    }

    /// The noise schedule that all of latent diffusion was trained with.
    ///
    /// @param metadata of the file
    static Map<String, Object> scheduler(LayoutMarks.Layout layout, Map<String, String> metadata) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("_class_name", "DDIMScheduler");
        settings.put("num_train_timesteps", 1000);
        settings.put("beta_start", 0.00085);
        settings.put("beta_end", 0.012);
        settings.put("beta_schedule", "scaled_linear");
        settings.put("clip_sample", false);
        settings.put("set_alpha_to_one", false);
        settings.put("steps_offset", 1);
        settings.put("prediction_type", predictsVelocity(layout, metadata) ? "v_prediction" : "epsilon");
        return settings;
    }

    /// What the network predicts no tensor tells. Stable Diffusion 2's files hold the one that predicts v on 768 pixels, unless they say otherwise, are for
    /// inpainting, or were trained for as long as those that work on 512.
    private static boolean predictsVelocity(LayoutMarks.Layout layout, Map<String, String> metadata) {
        String told = metadata.getOrDefault("modelspec.prediction_type", "");
        if (!told.isEmpty()) {
            return told.startsWith("v");
        }
        return layout == LayoutMarks.Layout.STABLE_DIFFUSION_2
                && !STEPS_AT_512_PIXELS.contains(metadata.getOrDefault("global_step", ""));
    }

    private long size(String name, int dimension) {
        return Objects.requireNonNull(tensors.get(name), name).shape()[dimension];
    }

    /// How many of `before{0, 1, …}after` there are.
    private int count(String before, String after) {
        int count = 0;
        while (tensors.containsKey(before + count + after)) {
            count++;
        }
        return count;
    }

    private boolean has(String prefix) {
        return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    private Map<String, Object> unet() {
        int blocks = count("down_blocks.", ".resnets.0.conv1.weight");
        List<Object> channels = new ArrayList<>();
        List<Object> down = new ArrayList<>();
        List<Object> up = new ArrayList<>();
        List<Object> heads = new ArrayList<>();
        List<Object> depths = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            long width = size("down_blocks." + i + ".resnets.0.conv1.weight", 0);
            String transformer = "down_blocks." + i + ".attentions.0.transformer_blocks.";
            channels.add(width);
            down.add(has(transformer) ? "CrossAttnDownBlock2D" : "DownBlock2D");
            up.add(has("up_blocks." + i + ".attentions.0.") ? "CrossAttnUpBlock2D" : "UpBlock2D");
            heads.add(Math.max(1, width / HEAD_WIDTH));
            depths.add(Math.max(1, count(transformer, ".attn2.to_k.weight")));
        }
        String projection =
                tensors.keySet().stream()
                        .filter(name -> name.endsWith(".attentions.0.proj_in.weight"))
                        .findFirst()
                        .orElseThrow();
        boolean isLinear = Objects.requireNonNull(tensors.get(projection)).shape().length == 2;
        settings.put("_class_name", "UNet2DConditionModel");
        settings.put("in_channels", size("conv_in.weight", 1));
        settings.put("out_channels", size("conv_out.weight", 0));
        settings.put("block_out_channels", channels);
        settings.put("down_block_types", down);
        settings.put("up_block_types", up);
        settings.put("layers_per_block", count("down_blocks.0.resnets.", ".conv1.weight"));
        settings.put("cross_attention_dim", size(projection.replace("proj_in", "transformer_blocks.0.attn2.to_k"), 1));
        settings.put("use_linear_projection", isLinear);
        // Files with linear projections have heads of one width, the older ones eight heads; diffusers calls the number
        // of heads attention_head_dim.
        settings.put("attention_head_dim", isLinear ? heads : 8);
        if (layout == LayoutMarks.Layout.STABLE_DIFFUSION_XL) {
            settings.put("transformer_layers_per_block", depths);
        }
        if (tensors.containsKey("add_embedding.linear_1.weight")) {
            settings.put("addition_embed_type", "text_time");
            settings.put("addition_time_embed_dim", 256);
            settings.put("projection_class_embeddings_input_dim", size("add_embedding.linear_1.weight", 1));
        } else if (tensors.containsKey("class_embedding.linear_1.weight")) {
            settings.put("class_embed_type", "projection");
            settings.put("projection_class_embeddings_input_dim", size("class_embedding.linear_1.weight", 1));
        }
        return settings;
    }

    private Map<String, Object> vae() {
        int blocks = count("encoder.down_blocks.", ".resnets.0.conv1.weight");
        List<Object> channels = new ArrayList<>();
        List<Object> down = new ArrayList<>();
        List<Object> up = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            channels.add(size("encoder.down_blocks." + i + ".resnets.0.conv1.weight", 0));
            down.add("DownEncoderBlock2D");
            up.add("UpDecoderBlock2D");
        }
        settings.put("_class_name", "AutoencoderKL");
        settings.put("in_channels", size("encoder.conv_in.weight", 1));
        settings.put("out_channels", size("decoder.conv_out.weight", 0));
        settings.put("latent_channels", size("decoder.conv_in.weight", 1));
        settings.put("block_out_channels", channels);
        settings.put("down_block_types", down);
        settings.put("up_block_types", up);
        settings.put("layers_per_block", count("encoder.down_blocks.0.resnets.", ".conv1.weight"));
        settings.put("scaling_factor", layout == LayoutMarks.Layout.STABLE_DIFFUSION_XL ? 0.13025 : 0.18215);
        return settings;
    }

    private Map<String, Object> textEncoder() {
        String embeddings = "text_model.embeddings.";
        String layers = "text_model.encoder.layers.";
        long width = size(embeddings + "token_embedding.weight", 1);
        boolean projects = tensors.containsKey("text_projection.weight");
        settings.put("architectures", List.of(projects ? "CLIPTextModelWithProjection" : "CLIPTextModel"));
        settings.put("model_type", "clip_text_model");
        settings.put("hidden_size", width);
        settings.put("intermediate_size", size(layers + "0.mlp.fc1.weight", 0));
        settings.put("num_hidden_layers", count(layers, ".mlp.fc1.weight"));
        settings.put("num_attention_heads", Math.max(1, width / HEAD_WIDTH));
        settings.put("max_position_embeddings", size(embeddings + "position_embedding.weight", 0));
        settings.put("vocab_size", size(embeddings + "token_embedding.weight", 0));
        settings.put("hidden_act", width == QUICK_GELU_WIDTH ? "quick_gelu" : "gelu");
        settings.put("layer_norm_eps", 1e-5);
        settings.put("bos_token_id", 0);
        settings.put("eos_token_id", 2);
        settings.put("pad_token_id", 1);
        if (projects) {
            settings.put("projection_dim", size("text_projection.weight", 0));
        }
        return settings;
    }
}
