// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class CallArgumentsTest {
    @Test
    void reads_texts_alone_and_in_lists() {
        CallArguments call = new CallArguments(Map.of("prompt", "a", "negative_prompt", List.of("b", "c")));

        assertThat(call.texts("prompt")).containsExactly("a");
        assertThat(call.texts("negative_prompt")).containsExactly("b", "c");
        assertThat(call.number("guidance_scale", 7.5)).isEqualTo(7.5);
        call.finish();
    }

    @Test
    void refuses_arguments_that_nobody_read() {
        CallArguments call = new CallArguments(Map.of("seed", 3, "padding_mask_crop", 8));
        call.seed("seed");

        assertThatThrownBy(call::finish)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("padding_mask_crop");
    }

    @Test
    void refuses_a_fraction_of_a_step() {
        assertThatThrownBy(() -> new CallArguments(Map.of("steps", 2.5)).integer("steps", 1))
                .hasMessageContaining("steps is 2.5");
    }
}
