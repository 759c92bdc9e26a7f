// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.t5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;
import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class T5EncoderTest {
    @Test
    void encodes_captions_as_transformers() {
        NetworkParity.check(Path.of("src/test/resources/network/encoder"), new T5EncoderArchitecture());
    }

    @Test
    void counts_the_parameters_of_the_published_encoder_of_deepfloyd_if() {
        Network network =
                describe(
                        Map.of(
                                "d_model", 4096,
                                "d_ff", 10240,
                                "num_layers", 24,
                                "num_heads", 64,
                                "feed_forward_proj", "gated-gelu",
                                "tie_word_embeddings", false));

        assertThat(network.parameterCount()).isEqualTo(4_762_310_656L);
    }

    @Test
    void counts_the_parameters_of_t5_small() {
        assertThat(describe(Map.of()).parameterCount()).isEqualTo(35_330_816);
    }

    @Test
    void knows_the_embedding_by_both_names() {
        assertThat(new T5EncoderArchitecture().parameterName("encoder.embed_tokens.weight")).isEqualTo("shared.weight");
        assertThat(describe(Map.of()).parameters()).containsKey("shared.weight");
    }

    @Test
    void refuses_an_unknown_feed_forward_layer_by_name() {
        assertThatThrownBy(() -> describe(Map.of("feed_forward_proj", "gated-snake")))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"feed_forward_proj\"")
                .hasMessageContaining("gated-snake");
    }

    @Test
    void refuses_a_decoder_and_pruned_heads() {
        assertThatThrownBy(() -> describe(Map.of("is_decoder", true)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("is_decoder");
        assertThatThrownBy(() -> describe(Map.of("pruned_heads", Map.of("0", List.of(1)))))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("pruned_heads");
    }

    private static Network describe(Map<String, ?> settings) {
        return new Architectures(List.of(new T5EncoderArchitecture()))
                .describe("T5EncoderModel", new Config("config.json", settings));
    }
}
