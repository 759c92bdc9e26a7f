// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private Map<String, String> unknown(String yaml) throws IOException {
        return Configuration.read(environment(yaml)).unknown(KNOWN);
    }

    @Test
    void a_mistyped_key_is_told_whatever_its_value() throws IOException {
        for (String value : List.of("", "{}", "[]", "[a, b]", "{deep: 1}", "~", "''")) {
            assertThat(unknown("serve:\n  prot: " + value + "\n")).as(value).hasSize(1);
        }
        assertThat(unknown("serve: 5")).containsOnlyKeys("serve");
        assertThat(unknown("5: 6")).containsOnlyKeys("5");
    }

    @Test
    void a_section_or_a_key_without_a_value_says_nothing() throws IOException {
        for (String yaml : List.of("", "# nothing", "{}", "serve:", "serve: {}", "serve:\n  port:\n")) {
            Configuration configuration = Configuration.read(environment(yaml));
            assertThat(configuration.unknown(KNOWN)).as(yaml).isEmpty();
            assertThat(configuration.value("serve.port")).as(yaml).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "just text                         | this holds no settings",
                "[serve]                           | this holds no settings",
                "'serve.port: 1;serve.port: 2'     | line 2 cannot be read as YAML: found duplicate key serve.port",
                "'serve.port: 1;serve: {port: 2}'  | \"serve.port\" is written twice",
                "serve: {host: [[a]]}              | \"serve.host\" is a list that holds more",
                "serve: {host: [{a: b}]}           | \"serve.host\" is a list that holds more",
                "'a: &x 1;b: *x'                   | line 2 has the alias *x",
                "'serve: [;'                       | cannot be read as YAML",
            })
    void a_file_that_holds_no_settings_is_refused(String text, String told) throws IOException {
        Map<String, String> environment = environment(text.replace(';', '\n'));

        assertThatThrownBy(() -> Configuration.read(environment))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("diptych.yaml: ")
                .hasMessageContaining(told);
    }

    @Test
    void a_value_knows_where_it_comes_from() throws IOException {
        Configuration configuration = Configuration.read(environment("serve: {port: 1, max-body: 2}"));

        assertThat(configuration.origin("serve.port"))
                .contains("the key serve.port of " + folder.resolve("diptych.yaml"));
        assertThat(configuration.origin("serve.max-body")).contains("the variable DIPTYCH_SERVE_MAX_BODY");
        assertThat(configuration.origin("serve.host")).isEmpty();
    }
}
