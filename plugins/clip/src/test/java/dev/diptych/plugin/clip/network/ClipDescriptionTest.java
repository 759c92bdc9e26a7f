// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class ClipDescriptionTest {
    private static final Map<String, Object> TEXT_L14 =
            Map.of("hidden_size", 768, "intermediate_size", 3072, "num_attention_heads", 12, "projection_dim", 768);
    private static final Map<String, Object> VISION_L14 =
            Map.of(
                    "hidden_size", 1024,
                    "intermediate_size", 4096,
                    "num_hidden_layers", 24,
                    "num_attention_heads", 16,
                    "patch_size", 14,
                    "projection_dim", 768);

    @ParameterizedTest
    @CsvSource({"512, 8, 512, 63428096", "768, 12, 768, 123650304"})
    void counts_the_parameters_of_published_text_towers(int width, int heads, int projection, long count) {
        Network network =
                describe(
                        new ClipProjectedTextArchitecture(),
                        Map.of(
                                "hidden_size", width,
                                "intermediate_size", 4 * width,
                                "num_attention_heads", heads,
                                "projection_dim", projection));

        assertThat(network.parameterCount()).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource({
        "768, 12, 12, 32, 224, 512, 87849216",
        "768, 12, 12, 16, 224, 512, 86192640",
        "1024, 24, 16, 14, 224, 768, 303966208",
        "1024, 24, 16, 14, 336, 768, 304293888"
    })
    void counts_the_parameters_of_published_vision_towers(
            int width, int depth, int heads, int patch, int side, int projection, long count) {
        Network network =
                describe(
                        new ClipProjectedVisionArchitecture(),
                        Map.of(
                                "hidden_size", width,
                                "intermediate_size", 4 * width,
                                "num_hidden_layers", depth,
                                "num_attention_heads", heads,
                                "patch_size", patch,
                                "image_size", side,
                                "projection_dim", projection));

        assertThat(network.parameterCount()).isEqualTo(count);
    }

    @Test
    void counts_the_parameters_of_stable_diffusion_2s_text_tower() {
        Network network =
                describe(
                        new ClipTextArchitecture(),
                        Map.of(
                                "hidden_size", 1024,
                                "intermediate_size", 4096,
                                "num_hidden_layers", 23,
                                "num_attention_heads", 16,
                                "hidden_act", "gelu",
                                "projection_dim", 512));

        assertThat(network.parameterCount()).isEqualTo(340_387_840);
    }

    @Test
    void counts_the_parameters_of_a_whole_clip() {
        Network network =
                describe(
                        new ClipArchitecture(),
                        Map.of("text_config", TEXT_L14, "vision_config", VISION_L14, "projection_dim", 768));

        assertThat(network.parameterCount()).isEqualTo(427_616_513);
    }

    @Test
    void takes_a_tower_from_the_settings_of_a_whole_clip() {
        Map<String, Object> whole = Map.of("text_config", TEXT_L14, "vision_config", VISION_L14, "projection_dim", 768);

        assertThat(describe(new ClipProjectedTextArchitecture(), whole).parameterCount()).isEqualTo(123_650_304);
        assertThat(describe(new ClipProjectedVisionArchitecture(), whole).parameterCount()).isEqualTo(303_966_208);
    }

    @Test
    void reads_the_overriding_object_of_older_files() {
        Map<String, Object> whole =
                Map.of(
                        "text_config",
                        Map.of("hidden_size", 64),
                        "text_config_dict",
                        TEXT_L14,
                        "vision_config",
                        Map.of("hidden_size", 64),
                        "vision_config_dict",
                        VISION_L14,
                        "projection_dim",
                        768);

        assertThat(describe(new ClipArchitecture(), whole).parameterCount()).isEqualTo(427_616_513);
    }

    @Test
    void knows_parameters_with_and_without_the_towers_name() {
        ClipTextArchitecture architecture = new ClipTextArchitecture();
        Network network = describe(architecture, Map.of());

        assertThat(network.parameters())
                .containsKey(architecture.parameterName("text_model.encoder.layers.3.self_attn.q_proj.weight"))
                .containsKey(architecture.parameterName("encoder.layers.3.self_attn.q_proj.weight"));
    }

    @Test
    void refuses_an_unknown_activation_by_name() {
        assertThatThrownBy(() -> describe(new ClipTextArchitecture(), Map.of("hidden_act", "snake")))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"hidden_act\"")
                .hasMessageContaining("snake")
                .hasMessageContaining("quick_gelu");
    }

    @Test
    void refuses_heads_that_do_not_divide_the_width() {
        assertThatThrownBy(() -> describe(new ClipTextArchitecture(), Map.of("num_attention_heads", 7)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"num_attention_heads\"");
    }

    @Test
    void refuses_a_setting_of_a_tower_that_it_does_not_know() {
        Map<String, Object> text = new HashMap<>(TEXT_L14);
        text.put("rotary_base", 10000);

        assertThatThrownBy(() -> describe(new ClipTextArchitecture(), Map.of("text_config", text)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("text_config.rotary_base");
    }

    private static Network describe(Architecture architecture, Map<String, ?> settings) {
        return new Architectures(List.of(architecture))
                .describe(architecture.classNames().getFirst(), new Config("config.json", settings));
    }
}
