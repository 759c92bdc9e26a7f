// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

class ConfigurationTest {
    private static final Set<String> KNOWN = Set.of("data", "serve.port", "serve.max-body", "serve.host");

    @TempDir private Path folder;

    private Map<String, String> environment(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("diptych.yaml"), yaml);
        return Map.of("DIPTYCH_CONFIG", file.toString(), "DIPTYCH_SERVE_MAX_BODY", "7");
    }

    @Test
    void a_variable_goes_before_the_file() throws IOException {
        Configuration configuration =
                Configuration.read(
                        environment("serve:\n  port: 9000\n  max-body: 3\n  host: [a.example, b.example]\n"));
        assertThat(configuration.value("serve.port")).contains("9000");
        assertThat(configuration.value("serve.max-body")).contains("7");
        assertThat(configuration.value("serve.host")).contains("a.example,b.example");
        assertThat(configuration.value("serve.queue")).isEmpty();
        assertThat(configuration.unknown(KNOWN)).isEmpty();
    }

    @Test
    void a_mistyped_key_is_told_with_its_file_and_a_mistyped_variable_too() throws IOException {
        Map<String, String> environment = new java.util.HashMap<>(environment("serve:\n  prot: 9000\n"));
        environment.put("DIPTYCH_SERVE_PROT", "1");
        Configuration configuration = Configuration.read(environment);
        assertThat(configuration.unknown(KNOWN))
                .containsEntry("serve.prot", folder.resolve("diptych.yaml").toString())
                .containsEntry("DIPTYCH_SERVE_PROT", "the environment");
    }

    @Test
    void a_file_that_is_missing_or_no_yaml_is_told() throws IOException {
        assertThatThrownBy(() -> Configuration.read(Map.of("DIPTYCH_CONFIG", folder.resolve("none.yaml").toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none.yaml");
        Map<String, String> broken = environment("serve: [");
        assertThatThrownBy(() -> Configuration.read(broken))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("diptych.yaml");
    }
}
