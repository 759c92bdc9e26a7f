// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;

class PublicTargetsTest {
    private final PublicTargets targets = new PublicTargets(Set.of("http"), false);

    @ParameterizedTest
    @CsvSource({
        "http://8.8.8.8:65535/a?b=c, 8.8.8.8, 65535, /a?b=c",
        "http://8.8.8.8, 8.8.8.8, 80, /",
        "http://8.8.8.8?b=c, 8.8.8.8, 80, /?b=c",
        "http://[2001:4860:4860::8888]/, [2001:4860:4860:0:0:0:0:8888], 80, /"
    })
    void a_request_goes_to_the_address_and_the_port_given_or_that_of_the_protocol(
            String url, String address, int port, String resource) throws Exception {
        RequestOptions request = targets.check(url).request(HttpMethod.GET);
        assertThat(request.getServer()).isEqualTo(SocketAddress.inetSocketAddress(port, address));
        assertThat(request.getPort()).isEqualTo(port);
        assertThat(request.getURI()).isEqualTo(resource);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_536, 99_999})
    void a_port_that_there_is_not_is_refused_by_its_number(int port) {
        assertThatThrownBy(() -> targets.check("http://8.8.8.8:" + port + "/"))
                .isInstanceOf(PublicTargets.RefusedException.class)
                .hasMessageContaining("port " + port + " is outside 1..65535");
    }
}
