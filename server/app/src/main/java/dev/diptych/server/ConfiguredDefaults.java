// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.document.Suggestion;
import dev.diptych.server.config.Configuration;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Gives each option that is not on the command line its configured value.
final class ConfiguredDefaults implements IDefaultValueProvider {
    /// Options that mean the same for each command that has them.
    private static final Set<String> SHARED =
            Set.of("data", "models", "precision", "model-memory", "cache-disk", "max-pixels");

    private static final Set<String> NO_SETTINGS = Set.of("help", "version", "supervised");

    private final Configuration configuration;

    ConfiguredDefaults(Configuration configuration) {
        this.configuration = configuration;
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? key(option).flatMap(configuration::value).orElse(null) : null;
    }

    /// Where the value stands that an option gets from here; empty if it gets none.
    Optional<String> origin(OptionSpec option) {
        return key(option).flatMap(configuration::origin);
    }

    /// `serve.max-body`; empty for what is no setting.
    private static Optional<String> key(OptionSpec option) {
        String name = option.longestName().replaceFirst("^-+", "");
        if (NO_SETTINGS.contains(name)) {
            return Optional.empty();
        }
        if (SHARED.contains(name)) {
            return Optional.of(name);
        }
        String command = option.command().qualifiedName(".");
        int dot = command.indexOf('.');
        return dot < 0 ? Optional.empty() : Optional.of(command.substring(dot + 1) + "." + name);
    }

    /// @param all with every command
    /// @throws IllegalArgumentException naming each key that is none, and where it is written
    void check(CommandLine all) {
        Set<String> known = new TreeSet<>();
        gather(all.getCommandSpec(), known);
        Map<String, String> unknown = configuration.unknown(known);
        if (!unknown.isEmpty()) {
            StringBuilder text = new StringBuilder();
            unknown.forEach((key, place) ->
                    text.append(text.isEmpty() ? "" : "\n")
                            .append(place)
                            .append(": there is no setting \"")
                            .append(key)
                            .append("\". ")
                            .append(
                                    Objects.requireNonNullElse(
                                            Suggestion.sentence(key, known),
                                            "The options of each command are the settings: --port of serve is serve.port.")));
            throw new IllegalArgumentException(text.toString());
        }
    }

    private static void gather(CommandSpec command, Set<String> known) {
        command.options().forEach(option -> key(option).ifPresent(known::add));
        command.subcommands().values().forEach(inner -> gather(inner.getCommandSpec(), known));
    }
}
