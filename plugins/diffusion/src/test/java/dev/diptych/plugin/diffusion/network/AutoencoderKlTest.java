// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
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

class AutoencoderKlTest {
    private static final Map<String, Object> STABLE_DIFFUSION =
            Map.of(
                    "block_out_channels", List.of(128, 256, 512, 512),
                    "down_block_types",
                            List.of(
                                    "DownEncoderBlock2D",
                                    "DownEncoderBlock2D",
                                    "DownEncoderBlock2D",
                                    "DownEncoderBlock2D"),
                    "up_block_types",
                            List.of("UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"),
                    "layers_per_block", 2);

    @Test
    void encodes_and_decodes_pictures_of_odd_sizes_as_diffusers() {
        NetworkParity.check(
                Path.of("src/test/resources/network/autoencoder"),
                (model, inputs) -> {
                    Map<String, Tensor> outputs = new HashMap<>();
                    for (Map.Entry<String, String> call : Map.of("encode", "sample", "decode", "latent").entrySet()) {
                        Tensor input = Objects.requireNonNull(inputs.get(call.getValue()));
                        outputs.putAll(model.call(call.getKey(), Map.of(call.getValue(), input)));
                    }
                    return outputs;
                },
                new AutoencoderKl());
    }

    @Test
    void counts_the_parameters_of_stable_diffusions_autoencoder() {
        Network network = describe(STABLE_DIFFUSION);

        assertThat(network.parameterCount()).isEqualTo(83_653_863);
        assertThat(network.parameters()).hasSize(248);
    }

    @Test
    void knows_the_layers_of_attention_by_their_older_names() {
        AutoencoderKl architecture = new AutoencoderKl();

        assertThat(describe(STABLE_DIFFUSION).parameters())
                .containsKey(architecture.parameterName("encoder.mid_block.attentions.0.query.weight"))
                .containsKey(architecture.parameterName("decoder.mid_block.attentions.0.proj_attn.bias"));
    }

    @Test
    void refuses_a_block_that_it_does_not_know_by_name() {
        assertThatThrownBy(() -> describe(Map.of("down_block_types", List.of("DownBlock2D"))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"down_block_types\"")
                .hasMessageContaining("DownBlock2D");
    }

    @Test
    void refuses_groups_that_do_not_divide_the_channels() {
        assertThatThrownBy(() -> describe(Map.of("block_out_channels", List.of(48))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"norm_num_groups\"")
                .hasMessageContaining("48");
    }

    private static Network describe(Map<String, ?> settings) {
        return new Architectures(List.of(new AutoencoderKl()))
                .describe("AutoencoderKL", new Config("config.json", settings));
    }
}
