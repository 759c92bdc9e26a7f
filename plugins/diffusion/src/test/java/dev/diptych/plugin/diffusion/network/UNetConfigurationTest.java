// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.engine.model.Architectures;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class UNetConfigurationTest {
    private static final Map<String, Object> SMALL =
            Map.of(
                    "block_out_channels", List.of(8, 16),
                    "norm_num_groups", 4,
                    "cross_attention_dim", 12,
                    "down_block_types", List.of("CrossAttnDownBlock2D", "DownBlock2D"),
                    "up_block_types", List.of("UpBlock2D", "CrossAttnUpBlock2D"));

    @ParameterizedTest
    @CsvSource({
        "act_fn, tangent",
        "attention_type, gated",
        "class_embed_type, one_hot",
        "addition_embed_type, smell",
        "resnet_time_scale_shift, ada_group",
        "time_embedding_type, random",
        "cross_attention_norm, batch_norm",
        "mid_block_type, UNetMidBlock3D",
        "encoder_hid_dim_type, text_proj",
    })
    void refuses_what_it_does_not_implement_by_name(String key, String value) {
        assertThatThrownBy(() -> describe(with(key, value)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"" + key + "\"")
                .hasMessageContaining(key.equals("encoder_hid_dim_type") ? "encoder_hid_dim" : value);
    }

    @Test
    void refuses_a_block_by_name_and_says_which_there_are() {
        assertThatThrownBy(
                        () -> describe(with("down_block_types", List.of("CrossAttnDownBlock2D", "DownEncoderBlock2D"))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("DownEncoderBlock2D")
                .hasMessageContaining("ResnetDownsampleBlock2D");
    }

    @Test
    void refuses_lists_of_different_lengths() {
        assertThatThrownBy(() -> describe(with("block_out_channels", List.of(8, 16, 16))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("2 blocks")
                .hasMessageContaining("3 block_out_channels");
    }

    @Test
    void refuses_a_setting_that_nobody_reads() {
        assertThatThrownBy(() -> describe(with("rotary_embeddings", true)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("rotary_embeddings");
    }

    @Test
    void refuses_dual_cross_attention_which_the_reference_cannot_run() {
        assertThatThrownBy(() -> describe(with("dual_cross_attention", true)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("dual_cross_attention");
    }

    @Test
    void a_middle_block_that_is_null_is_none_and_one_left_out_is_the_usual_one() {
        assertThat(describe(SMALL).parameters()).containsKey("mid_block.resnets.1.conv1.weight");
        assertThat(describe(with("mid_block_type", null)).parameters().keySet())
                .noneMatch(name -> name.startsWith("mid_block"));
    }

    @Test
    void optional_inputs_are_functions_of_the_same_name() {
        Network network = describe(with("time_cond_proj_dim", 3));

        assertThat(network.functions()).extracting(NetworkFunction::name).containsOnly("forward");
        assertThat(network.functions())
                .extracting(NetworkFunction::inputNames)
                .containsExactlyInAnyOrder(
                        Set.of("sample", "timestep", "encoder_hidden_states"),
                        Set.of("sample", "timestep", "encoder_hidden_states", "timestep_cond"),
                        Set.of("sample", "timestep", "encoder_hidden_states", "encoder_attention_mask"),
                        Set.of(
                                "sample",
                                "timestep",
                                "encoder_hidden_states",
                                "encoder_attention_mask",
                                "timestep_cond"));
    }

    @Test
    void takes_any_size_where_levels_are_enlarged_to_their_counterparts_and_even_ones_where_they_are_doubled() {
        assertThat(sample(describe(SMALL))).isEqualTo("[batch, 4, height, width]");
        assertThat(multiple(describe(SMALL))).isEqualTo(1);

        Map<String, Object> doubling = with("up_block_types", List.of("ResnetUpsampleBlock2D", "CrossAttnUpBlock2D"));
        assertThat(multiple(describe(doubling))).isEqualTo(2);
    }

    @Test
    void asks_for_a_factor_of_two_for_each_level_that_is_doubled_without_one_above_that_takes_any_size() {
        Map<String, Object> three = with("block_out_channels", List.of(8, 16, 16));
        three.put("down_block_types", List.of("DownBlock2D", "DownBlock2D", "DownBlock2D"));

        three.put("up_block_types", List.of("ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D", "UpBlock2D"));
        assertThat(multiple(describe(three))).isEqualTo(4);
        three.put("up_block_types", List.of("UpBlock2D", "ResnetUpsampleBlock2D", "UpBlock2D"));
        assertThat(multiple(describe(three))).isEqualTo(2);
        three.put("up_block_types", List.of("ResnetUpsampleBlock2D", "UpBlock2D", "ResnetUpsampleBlock2D"));
        assertThat(multiple(describe(three))).isEqualTo(1);
    }

    @Test
    void refuses_depths_of_the_way_up_that_are_no_list() {
        assertThatThrownBy(() -> describe(with("reverse_transformer_layers_per_block", 2)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"reverse_transformer_layers_per_block\": 2 is not a list");
    }

    @Test
    void gives_what_it_takes_in_size() {
        for (NetworkFunction function : describe(SMALL).functions()) {
            assertThat(function.outputs().get("sample"))
                    .hasToString(function.outputs().get("sample").id() + " FLOAT[batch, 4, height, width]");
        }
    }

    @Test
    void names_attention_within_pictures_as_newer_checkpoints_do() {
        Architecture architecture = new UNet2DModel();
        Config config =
                new Config(
                        "test",
                        Map.of(
                                "block_out_channels", List.of(8, 16),
                                "norm_num_groups", 4,
                                "down_block_types", List.of("DownBlock2D", "AttnDownBlock2D"),
                                "up_block_types", List.of("AttnUpBlock2D", "UpBlock2D")));

        assertThat(architecture.describe(config).parameters())
                .containsKey(architecture.parameterName("down_blocks.1.attentions.0.query.weight"))
                .containsKey(architecture.parameterName("mid_block.attentions.0.proj_attn.bias"));
    }

    private static String sample(Network network) {
        return network.functions().getFirst().inputs().getFirst().symbol().shape().toString();
    }

    private static long multiple(Network network) {
        var height = network.functions().getFirst().inputs().getFirst().symbol().size(2).declared();
        return java.util.Objects.requireNonNull(height).multiple();
    }

    private static Map<String, Object> with(String key, Object value) {
        Map<String, Object> settings = new HashMap<>(SMALL);
        settings.put(key, value);
        return settings;
    }

    private static Network describe(Map<String, Object> settings) {
        return new Architectures(List.of(new UNet2DConditionModel()))
                .describe("UNet2DConditionModel", new Config("test", settings));
    }
}
