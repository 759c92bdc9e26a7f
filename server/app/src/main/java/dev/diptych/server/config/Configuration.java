// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import io.smallrye.config.source.yaml.YamlConfigSource;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What options are when the command line does not say: an environment variable, else a key of the configuration file. Every
/// option `--max-body` of a command `serve` is the key `serve.max-body` and the variable `DIPTYCH_SERVE_MAX_BODY`; the data
/// folder, which many commands have, is `data` and `DIPTYCH_DATA`.
public final class Configuration {
    private static final String PREFIX = "DIPTYCH_";
    private static final Set<String> OTHER_VARIABLES =
            Set.of(
                    "DIPTYCH_CONFIG",
                    "DIPTYCH_JAVA_OPTIONS",
                    "DIPTYCH_TMP",
                    "DIPTYCH_TOKEN",
                    "DIPTYCH_DATA",
                    "DIPTYCH_LIBTORCH");

    private final Map<String, String> environment;
    private final Map<String, String> file;
    private final @Nullable Path path;

    private Configuration(Map<String, String> environment, Map<String, String> file, @Nullable Path path) {
        this.environment = Map.copyOf(environment);
        this.file = Map.copyOf(file);
        this.path = path;
    }

    /// Reads `DIPTYCH_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/diptych/diptych.yaml` if that exists.
    ///
    /// @throws IOException if the file cannot be read
    public static Configuration read(Map<String, String> environment) throws IOException {
        String named = environment.getOrDefault("DIPTYCH_CONFIG", "");
        String shared = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path base = shared.isEmpty() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(shared);
        Path path = named.isEmpty() ? base.resolve("diptych").resolve("diptych.yaml") : Path.of(named);
        if (named.isEmpty() && !Files.exists(path)) {
            return new Configuration(environment, Map.of(), null);
        }
        try {
            String text = Files.readString(path);
            checkPlain(text);
            Map<String, String> values = new TreeMap<>();
            new YamlConfigSource("diptych", text)
                    .getProperties()
                    .forEach((key, value) ->
                            values.put(key.replace("\"", ""), value)); // serve.port may be one key or two
            values.keySet().removeIf(key -> key.contains("[")); // a list is also given whole, with commas
            return new Configuration(environment, values, path);
        } catch (NoSuchFileException e) {
            throw new IOException("There is no file " + path + ", which DIPTYCH_CONFIG names.", e);
        } catch (IOException | RuntimeException e) {
            throw new IOException(path + " is no YAML that can be read: " + e.getMessage(), e);
        }
    }

    /// Options need no aliases; with them a short text can mean one without end.
    private static void checkPlain(String text) {
        for (Event event : new Yaml().parse(new StringReader(text))) {
            if (event instanceof AliasEvent alias) {
                throw new IllegalArgumentException(
                        "line "
                                + (alias.getStartMark().getLine() + 1)
                                + " has the alias *"
                                + alias.getAnchor()
                                + "; write the value out instead");
            }
        }
    }

    /// @param key such as `serve.max-body`
    public Optional<String> value(String key) {
        String variable = environment.get(variable(key));
        return Optional.ofNullable(variable == null ? file.get(key) : variable);
    }

    private static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /// Whether there is anything that [#unknown] could complain about.
    public boolean isEmpty() {
        return file.isEmpty()
                && environment.keySet().stream()
                        .noneMatch(name -> name.startsWith(PREFIX) && !OTHER_VARIABLES.contains(name));
    }

    /// What is written for no option at all: by its name, where it is written.
    ///
    /// @param known the keys of all options
    public Map<String, String> unknown(Set<String> known) {
        Map<String, String> unknown = new LinkedHashMap<>();
        file.keySet().stream()
                .filter(key -> !known.contains(key))
                .sorted()
                .forEach(key -> unknown.put(key, String.valueOf(path)));
        Set<String> variables = new java.util.HashSet<>(OTHER_VARIABLES);
        known.forEach(key -> variables.add(variable(key)));
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
                .sorted()
                .forEach(name -> unknown.put(name, "the environment"));
        return unknown;
    }
}
