// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.engine.model.Architectures;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The configurations that their authors published, on paper: nothing is loaded, and the parameters are as many as the checkpoint has.
class PublishedUNetsTest {
    private static final String RESNET_DOWN = "ResnetDownsampleBlock2D";
    private static final String RESNET_UP = "ResnetUpsampleBlock2D";
    private static final String SIMPLE_DOWN = "SimpleCrossAttnDownBlock2D";
    private static final String SIMPLE_UP = "SimpleCrossAttnUpBlock2D";
    private static final List<Integer> WIDTHS = List.of(320, 640, 1280, 1280);

    /// @param parameters in numbers, not tensors
    record Published(String name, Architecture architecture, long parameters, Map<String, Object> settings) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Published> published() {
        Architecture text = new UNet2DConditionModel();
        Architecture plain = new UNet2DModel();
        Map<String, Object> stableDiffusion1 = Map.of("cross_attention_dim", 768, "block_out_channels", WIDTHS);
        Map<String, Object> stableDiffusion2 =
                Map.of(
                        "cross_attention_dim",
                        1024,
                        "attention_head_dim",
                        List.of(5, 10, 20, 20),
                        "use_linear_projection",
                        true);
        return Stream.of(
                new Published("Stable Diffusion 1", text, 859_520_964, stableDiffusion1),
                new Published(
                        "Stable Diffusion 1, inpainting", text, 859_535_364, with(stableDiffusion1, "in_channels", 9)),
                new Published("Stable Diffusion 2", text, 865_910_724, stableDiffusion2),
                new Published(
                        "Stable unCLIP",
                        text,
                        870_173_124,
                        with(
                                with(stableDiffusion2, "class_embed_type", "projection"),
                                "projection_class_embeddings_input_dim",
                                2048)),
                new Published("Stable Diffusion XL", text, 2_567_463_684L, stableDiffusionXl()),
                new Published("Karlo, decoder", text, 885_439_686, karlo(List.of(320, 640, 960, 1280), 1536)),
                new Published("Karlo, super-resolution", plain, 691_579_523, karloSuperResolution()),
                new Published("DeepFloyd IF I M", text, 371_605_830, deepFloyd(List.of(192, 384, 576, 768), 768)),
                new Published("DeepFloyd IF I L", text, 935_365_830, deepFloyd(List.of(320, 640, 960, 1280), 1280)),
                new Published(
                        "DeepFloyd IF I XL", text, 4_304_695_110L, deepFloyd(List.of(704, 1408, 2112, 2816), 2816)),
                new Published("Kandinsky 2.2, decoder", text, 1_253_057_288, kandinsky()),
                new Published("DDPM 256", plain, 113_673_219, ddpm(List.of(128, 128, 256, 256, 512, 512), 4)),
                new Published("DDPM CIFAR-10", plain, 35_746_307, ddpm(List.of(128, 256, 256, 256), 1)),
                new Published("text to video", new UNet3DConditionModel(), 1_411_233_860, Map.of()));
    }

    @ParameterizedTest
    @MethodSource("published")
    void has_as_many_parameters_as_the_checkpoint(Published published) {
        var network =
                new Architectures(List.of(published.architecture()))
                        .describe(
                                published.architecture().classNames().getFirst(),
                                new Config(published.name(), published.settings()));

        assertThat(network.parameterCount()).isEqualTo(published.parameters());
    }

    private static Map<String, Object> with(Map<String, Object> settings, String key, Object value) {
        Map<String, Object> result = new HashMap<>(settings);
        result.put(key, value);
        return result;
    }

    private static Map<String, Object> stableDiffusionXl() {
        return Map.of(
                "cross_attention_dim",
                2048,
                "attention_head_dim",
                List.of(5, 10, 20),
                "block_out_channels",
                List.of(320, 640, 1280),
                "down_block_types",
                List.of("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                "up_block_types",
                List.of("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                "transformer_layers_per_block",
                List.of(1, 2, 10),
                "use_linear_projection",
                true,
                "addition_embed_type",
                "text_time",
                "addition_time_embed_dim",
                256,
                "projection_class_embeddings_input_dim",
                2816);
    }

    private static Map<String, Object> karlo(List<Integer> widths, int textWidth) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("in_channels", 3);
        settings.put("out_channels", 6);
        settings.put("block_out_channels", widths);
        settings.put("layers_per_block", 3);
        settings.put("down_block_types", List.of(RESNET_DOWN, SIMPLE_DOWN, SIMPLE_DOWN, SIMPLE_DOWN));
        settings.put("mid_block_type", "UNetMidBlock2DSimpleCrossAttn");
        settings.put("up_block_types", List.of(SIMPLE_UP, SIMPLE_UP, SIMPLE_UP, RESNET_UP));
        settings.put("cross_attention_dim", textWidth);
        settings.put("attention_head_dim", 64);
        settings.put("resnet_time_scale_shift", "scale_shift");
        settings.put("class_embed_type", "identity");
        return settings;
    }

    private static Map<String, Object> karloSuperResolution() {
        return Map.of(
                "in_channels",
                6,
                "block_out_channels",
                List.of(320, 640, 960, 1280),
                "layers_per_block",
                3,
                "down_block_types",
                Collections.nCopies(4, RESNET_DOWN),
                "up_block_types",
                Collections.nCopies(4, RESNET_UP),
                "add_attention",
                false);
    }

    private static Map<String, Object> deepFloyd(List<Integer> widths, int textWidth) {
        Map<String, Object> settings = karlo(widths, textWidth);
        settings.remove("class_embed_type");
        settings.put("act_fn", "gelu");
        settings.put("cross_attention_norm", "group_norm");
        settings.put("encoder_hid_dim", 4096);
        settings.put("addition_embed_type", "text");
        settings.put("addition_embed_type_num_heads", 64);
        return settings;
    }

    private static Map<String, Object> kandinsky() {
        Map<String, Object> settings = karlo(List.of(384, 768, 1152, 1536), 768);
        settings.remove("class_embed_type");
        settings.put("in_channels", 4);
        settings.put("out_channels", 8);
        settings.put("addition_embed_type", "image");
        settings.put("encoder_hid_dim", 1280);
        settings.put("encoder_hid_dim_type", "image_proj");
        return settings;
    }

    /// @param attending the level with attention, from the highest resolution
    private static Map<String, Object> ddpm(List<Integer> widths, int attending) {
        int count = widths.size();
        Map<String, Object> settings = new HashMap<>();
        settings.put("block_out_channels", widths);
        settings.put("down_block_types", types(count, attending, "DownBlock2D"));
        settings.put("up_block_types", types(count, count - 1 - attending, "UpBlock2D"));
        settings.put("attention_head_dim", null);
        settings.put("downsample_padding", 0);
        settings.put("flip_sin_to_cos", false);
        settings.put("freq_shift", 1);
        settings.put("norm_eps", 1e-6);
        return settings;
    }

    private static List<String> types(int count, int attending, String plain) {
        var types = new java.util.ArrayList<>(Collections.nCopies(count, plain));
        types.set(attending, "Attn" + plain);
        return types;
    }
}
