// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import dev.diptych.engine.value.UserFolders;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
        Path path = named.isEmpty() ? UserFolders.configuration(environment).resolve("diptych.yaml") : Path.of(named);
        if (named.isEmpty() && !Files.exists(path)) {
            return new Configuration(environment, Map.of(), null);
        }
        try {
            return new Configuration(environment, SettingsFile.read(Files.readString(path)), path);
        } catch (NoSuchFileException e) {
            throw new IOException("There is no file " + path + ", which DIPTYCH_CONFIG names.", e);
        } catch (CharacterCodingException e) {
            throw new IOException(path + " is no text in UTF-8.", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    /// @param key such as `serve.max-body`
    public Optional<String> value(String key) {
        String variable = environment.get(variable(key));
        return variable == null
                ? Optional.ofNullable(file.get(key)).filter(value -> !value.isEmpty())
                : Optional.of(variable);
    }

    /// Where [#value] has it from, for people to read.
    ///
    /// @param key such as `serve.max-body`
    public Optional<String> origin(String key) {
        return value(key)
                .map(_ ->
                        environment.containsKey(variable(key))
                                ? "the variable " + variable(key)
                                : "the key " + key + " of " + path);
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

    /// Such as `serve:` where all that follows is a comment.
    private boolean isEmptySection(String key, Set<String> known) {
        return file.getOrDefault(key, "").isEmpty() && known.stream().anyMatch(each -> each.startsWith(key + "."));
    }

    /// What is written for no option at all: by its name, where it is written.
    ///
    /// @param known the keys of all options
    public Map<String, String> unknown(Set<String> known) {
        Map<String, String> unknown = new LinkedHashMap<>();
        file.keySet().stream()
                .filter(key -> !known.contains(key) && !isEmptySection(key, known))
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
