// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;

class PublicTargetsTest {
    private final PublicTargets targets = new PublicTargets(Set.of("http"), false);

    @Test
    void a_port_is_the_one_given_or_that_of_the_protocol() throws Exception {
        assertThat(targets.check("http://8.8.8.8:65535/").port()).isEqualTo(65_535);
        assertThat(targets.check("http://8.8.8.8/").port()).isEqualTo(80);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_536, 99_999})
    void a_port_that_there_is_not_is_refused_by_its_number(int port) {
        assertThatThrownBy(() -> targets.check("http://8.8.8.8:" + port + "/"))
                .isInstanceOf(PublicTargets.RefusedException.class)
                .hasMessageContaining("port " + port + " is outside 1..65535");
    }
}
