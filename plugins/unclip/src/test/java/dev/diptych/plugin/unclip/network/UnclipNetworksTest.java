// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;
import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class UnclipNetworksTest {
    private static final Path CASES = Path.of("src/test/resources/network");

    @Test
    void predicts_embeddings_as_diffusers() {
        NetworkParity.check(CASES.resolve("prior"), new PriorArchitecture());
    }

    @Test
    void projects_for_both_halves_of_guidance_as_diffusers() {
        NetworkParity.check(
                CASES.resolve("text-projection-guided"),
                (model, inputs) -> model.call("guided", inputs),
                new TextProjection());
    }

    @Test
    void predicts_embeddings_as_karlo() {
        NetworkParity.check(CASES.resolve("karlo-prior"), new KarloPrior());
    }

    @Test
    void decodes_as_karlo() {
        NetworkParity.check(CASES.resolve("karlo-decoder"), new KarloDecoder());
    }

    @Test
    void counts_the_parameters_of_karlo_in_the_layout_of_diffusers() {
        Network prior = describe(new PriorArchitecture(), Map.of());
        Network projection =
                describe(new TextProjection(), Map.of("time_embed_dim", 1280, "cross_attention_dim", 1536));

        assertThat(prior.parameterCount()).isEqualTo(1_022_030_080);
        assertThat(prior.parameters()).hasSize(338);
        assertThat(projection.parameterCount()).isEqualTo(7_878_400);
    }

    @Test
    void counts_the_parameters_of_karlo_as_its_authors_published_it() {
        Network prior =
                describe(
                        new KarloPrior(),
                        model(
                                Map.of(
                                        "text_ctx",
                                        77,
                                        "xf_width",
                                        2048,
                                        "xf_layers",
                                        20,
                                        "xf_heads",
                                        32,
                                        "clip_dim",
                                        768)));
        Network decoder = describe(new KarloDecoder(), model(decoder()));
        Network upsampler =
                describe(
                        new KarloSuperResolution(),
                        model(Map.of("channels", 320, "depth", 3, "channels_multiple", List.of(1, 2, 3, 4))));

        int meanAndDeviation = 2 * 768; // kept in a file of their own
        assertThat(prior.parameterCount()).isEqualTo(1_022_030_080 - meanAndDeviation);
        assertThat(decoder.parameterCount()).isEqualTo(885_439_686 + 7_878_400);
        assertThat(upsampler.parameterCount()).isEqualTo(2 * 691_579_523);
    }

    @Test
    void predicts_several_tokens_where_the_condition_has_no_position() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("num_embeddings", 1024);
        settings.put("additional_embeddings", 0);
        settings.put("embedding_dim", 1024);
        settings.put("added_emb_type", null);
        settings.put("encoder_hid_proj_type", null);
        settings.put("norm_in_type", "layer");
        settings.put("embedding_proj_norm_type", "layer");

        Network network = describe(new PriorArchitecture(), settings);

        assertThat(network.functions().getFirst().outputs().get("predicted_image_embedding").shape().toString())
                .isEqualTo("[batch, 1024, 1024]");
        assertThat(network.parameters()).doesNotContainKey("prd_embedding").containsKey("norm_in.weight");
    }

    @Test
    void refuses_a_kind_of_token_that_it_does_not_know_by_name() {
        assertThatThrownBy(() -> describe(new PriorArchitecture(), Map.of("added_emb_type", "dot")))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"added_emb_type\"")
                .hasMessageContaining("dot");
    }

    @Test
    void refuses_too_few_positions() {
        assertThatThrownBy(() -> describe(new PriorArchitecture(), Map.of("additional_embeddings", 3)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"additional_embeddings\"");
    }

    @Test
    void refuses_multipliers_that_are_no_numbers() {
        Map<String, Object> decoder = new HashMap<>(decoder());
        decoder.put("channel_mult", "1,two");

        assertThatThrownBy(() -> describe(new KarloDecoder(), model(decoder)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"channel_mult\"")
                .hasMessageContaining("1,two");
    }

    private static Map<String, Object> decoder() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("image_size", 64);
        settings.put("channel_mult", "");
        settings.put("attention_resolutions", "32,16,8");
        settings.put("num_channels", 320);
        settings.put("num_res_blocks", 3);
        settings.put("num_head_channels", 64);
        settings.put("learn_sigma", true);
        settings.put("use_scale_shift_norm", true);
        settings.put("resblock_updown", true);
        settings.put("text_ctx", 77);
        settings.put("xf_width", 1536);
        settings.put("clip_dim", 768);
        settings.put("clip_emb_mult", 4);
        settings.put("clip_emb_drop", 0.1);
        return settings;
    }

    private static Map<String, Object> model(Map<String, ?> settings) {
        return Map.of("model", settings, "diffusion", Map.of("steps", 1000));
    }

    private static Network describe(Architecture architecture, Map<String, ?> settings) {
        return new Architectures(List.of(architecture))
                .describe(architecture.classNames().getFirst(), new Config("config.json", settings));
    }
}
