// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.server.config.Configuration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Every option of every command is a key of the configuration file and a variable.
class ConfiguredDefaultsTest {
    private static final Set<String> OF_ALL_COMMANDS =
            Set.of("data", "models", "precision", "model-memory", "cache-disk", "max-pixels");
    private static final Set<String> NO_SETTINGS = Set.of("help", "version", "supervised");

    @TempDir private Path folder;

    /// By key: an option that has it.
    private static Map<String, OptionSpec> options() {
        Map<String, OptionSpec> options = new LinkedHashMap<>();
        gather(Main.commandLine().getCommandSpec(), "", options);
        return options;
    }

    private static void gather(CommandSpec command, String prefix, Map<String, OptionSpec> options) {
        for (OptionSpec option : command.options()) {
            String name = option.longestName().substring(2);
            if (!NO_SETTINGS.contains(name)) {
                options.put(OF_ALL_COMMANDS.contains(name) ? name : prefix + name, option);
            }
        }
        command.subcommands().forEach((name, inner) -> gather(inner.getCommandSpec(), prefix + name + ".", options));
    }

    private ConfiguredDefaults read(String yaml, Map<String, String> variables) throws IOException {
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("DIPTYCH_CONFIG", Files.writeString(folder.resolve("diptych.yaml"), yaml).toString());
        return new ConfiguredDefaults(Configuration.read(environment));
    }

    @Test
    void every_option_has_a_variable() throws IOException {
        Map<String, String> variables = new HashMap<>();
        options()
                .keySet()
                .forEach(key ->
                        variables.put(
                                "DIPTYCH_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'),
                                "value of " + key));
        ConfiguredDefaults defaults = read("{}", variables);

        defaults.check(Main.commandLine());
        assertThat(options()).containsKeys("serve.port", "run.json", "job.list.limit", "precision");
        options().forEach((key, option) -> assertThat(defaults.defaultValue(option)).isEqualTo("value of " + key));
    }

    @Test
    void every_option_has_a_key() throws IOException {
        StringBuilder yaml = new StringBuilder();
        options().keySet().forEach(key -> yaml.append(key).append(": value of ").append(key).append('\n'));
        ConfiguredDefaults defaults = read(yaml.toString(), Map.of());

        defaults.check(Main.commandLine());
        options().forEach((key, option) -> assertThat(defaults.defaultValue(option)).isEqualTo("value of " + key));
    }

    @Test
    void a_mistyped_key_or_variable_is_told_with_its_place_and_the_nearest() throws IOException {
        ConfiguredDefaults defaults = read("serve:\n  prot: 1\n", Map.of("DIPTYCH_SERVE_MAX_BODI", "1"));

        assertThatThrownBy(() -> defaults.check(Main.commandLine()))
                .hasMessageContaining(folder.resolve("diptych.yaml") + ": there is no setting \"serve.prot\".")
                .hasMessageContaining("serve.port")
                .hasMessageContaining("the environment: there is no setting \"DIPTYCH_SERVE_MAX_BODI\"");
    }
}
