// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Network;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.Architectures;
import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

class AdmNetworksTest {
    private static final Path CASES = Path.of("src/test/resources/network");

    @Test
    void predicts_as_guided_diffusion_with_classes_and_the_newer_order_of_attention() {
        NetworkParity.check(CASES.resolve("adm-unet"), new UNetModel());
    }

    @Test
    void classifies_as_guided_diffusion_and_gives_its_gradient() {
        NetworkParity.check(
                CASES.resolve("adm-classifier"),
                (model, inputs) -> {
                    Map<String, Tensor> outputs = new HashMap<>(model.call(inputs));
                    Tensor gradient =
                            Objects.requireNonNull(
                                    model.gradient(Model.FORWARD, inputs, "log_prob", List.of("x")).get("x"));
                    float[] hundredfold = gradient.floats().clone();
                    for (int i = 0; i < hundredfold.length; i++) {
                        hundredfold[i] *= 100;
                    }
                    outputs.put("gradient", Tensor.ofFloats(hundredfold, gradient.shape()));
                    return outputs;
                },
                new EncoderUNetModel());
    }

    @Test
    void counts_the_parameters_of_the_published_networks() {
        Network conditional =
                describe(new UNetModel(), large(256, Map.of("num_classes", 1000, "num_head_channels", 64)));
        Network unconditional = describe(new UNetModel(), large(256, Map.of("num_head_channels", 64)));
        Network upsampler = describe(new SuperResModel(), large(192, Map.of("num_classes", 1000, "num_heads", 4)));
        Network classifier =
                describe(
                        new EncoderUNetModel(),
                        large(128, Map.of("num_head_channels", 64, "pool", "attention", "out_channels", 1000)));

        assertThat(conditional.parameterCount()).isEqualTo(553_838_086);
        assertThat(conditional.parameters()).hasSize(567);
        assertThat(unconditional.parameterCount()).isEqualTo(552_814_086);
        assertThat(upsampler.parameterCount()).isEqualTo(311_795_910);
        assertThat(classifier.parameterCount()).isEqualTo(54_096_360);
    }

    @Test
    void takes_fractions_as_multipliers_of_channels() {
        Map<String, Object> settings = new HashMap<>(large(256, Map.of("num_classes", 1000, "num_head_channels", 64)));
        settings.put("image_size", 512);
        settings.put("attention_resolutions", List.of(16, 32, 64));
        settings.put("channel_mult", List.of(0.5, 1, 1, 2, 2, 4, 4));

        assertThat(describe(new UNetModel(), settings).parameterCount()).isEqualTo(558_997_638);
    }

    @Test
    void knows_upsamplers_without_attention_that_are_told_the_noise_on_what_they_enlarge() {
        Map<String, Object> settings = new HashMap<>(large(8, Map.of("middle_attention", false, "num_groups", 2)));
        settings.put("attention_resolutions", List.of());
        settings.put("out_channels", 3);
        Network untold = describe(new SuperResModel(), settings);
        settings.put("aug_schedule", "linear");
        Network told = describe(new SuperResModel(), settings);

        assertThat(told.parameterCount()).isEqualTo(498_899);
        assertThat(told.parameterCount() - untold.parameterCount()).isEqualTo(8 * 32 + 32 + 32 * 32 + 32);
        assertThat(told.parameters()).containsKeys("aug_proj.0.weight", "middle_block.1.in_layers.0.weight");
        assertThat(told.parameters()).doesNotContainKey("middle_block.2.in_layers.0.weight");
    }

    @Test
    void refuses_a_pool_that_it_does_not_know_by_name() {
        assertThatThrownBy(() -> describe(new EncoderUNetModel(), large(128, Map.of("pool", "maximum"))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"pool\"")
                .hasMessageContaining("maximum");
    }

    @Test
    void refuses_channels_that_do_not_divide_into_groups() {
        assertThatThrownBy(() -> describe(new UNetModel(), large(40, Map.of())))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"model_channels\"")
                .hasMessageContaining("40");
        assertThatThrownBy(() -> describe(new UNetModel(), large(40, Map.of("num_groups", 0))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"num_groups\"");
    }

    @Test
    void refuses_three_dimensions() {
        assertThatThrownBy(() -> describe(new UNetModel(), large(64, Map.of("dims", 3))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"dims\"");
    }

    private static Map<String, Object> large(int channels, Map<String, ?> further) {
        Map<String, Object> settings =
                new HashMap<>(
                        Map.of(
                                "image_size",
                                256,
                                "in_channels",
                                3,
                                "model_channels",
                                channels,
                                "out_channels",
                                6,
                                "num_res_blocks",
                                2,
                                "attention_resolutions",
                                List.of(8, 16, 32),
                                "channel_mult",
                                List.of(1, 1, 2, 2, 4, 4),
                                "use_scale_shift_norm",
                                true,
                                "resblock_updown",
                                true));
        settings.putAll(further);
        return settings;
    }

    private static Network describe(Architecture architecture, Map<String, ?> settings) {
        return new Architectures(List.of(architecture))
                .describe(architecture.classNames().getFirst(), new Config("config.json", settings));
    }
}
