// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.Map;

class ConfigTest {
    @Test
    void a_flag_that_is_null_is_no_and_one_left_out_is_the_usual_one() {
        assertThat(withNull("flip").flag("flip", true)).isFalse();
        assertThat(new Config("test", Map.of()).flag("flip", true)).isTrue();
    }

    @Test
    void two_are_equal_if_they_say_the_same_nulls_too() {
        Config read = withNull("groups");
        read.integer("groups", 32);

        assertThat(read).isEqualTo(withNull("groups")).hasSameHashCodeAs(withNull("groups"));
        assertThat(read).isNotEqualTo(new Config("test", Map.of()));
        assertThat(read).isNotEqualTo(withNull("heads"));
    }

    @Test
    void a_changed_one_keeps_the_others_nulls_too() {
        Config changed = withNull("groups").with("heads", 2);

        assertThat(changed.integer("heads")).isEqualTo(2);
        assertThat(changed.isNull("groups")).isTrue();
        assertThat(changed.with("groups", 4).isNull("groups")).isFalse();
    }

    @Test
    void activations_are_known_in_whatever_case() {
        assertThat(new Config("test", Map.of("act_fn", "Mish")).activation("act_fn", "silu")).isNotNull();
    }

    private static Config withNull(String key) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(key, null);
        return new Config("test", values);
    }
}
