// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;

import java.io.StringReader;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The settings in a YAML text, by keys such as `serve.max-body`, whether the text nests them or writes them in one. A list becomes its elements with commas
/// between them, what has no value the empty text: every key that is written is here.
final class SettingsFile {
    private static final String FORM = "Settings are written as \"serve:\" and, indented below it, \"port: 8410\".";

    private final Map<String, String> values = new TreeMap<>();

    private SettingsFile() {}

    /// @throws IllegalArgumentException if this is no YAML, or something else than settings
    static Map<String, String> read(String text) {
        SettingsFile settings = new SettingsFile();
        settings.add("", tree(text));
        return settings.values;
    }

    private static @Nullable Object tree(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        Yaml yaml = new Yaml(new SafeConstructor(options));
        try {
            for (Event event : yaml.parse(new StringReader(text))) {
                checkPlain(event);
            }
            return yaml.load(text);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw new IllegalArgumentException("line " + line + " cannot be read as YAML: " + e.getProblem() + ".", e);
        } catch (YAMLException e) {
            throw new IllegalArgumentException("this cannot be read as YAML: " + e.getMessage() + ".", e);
        }
    }

    /// Settings need no aliases; with them a short text can mean one without end.
    private static void checkPlain(Event event) {
        if (event instanceof AliasEvent alias) {
            throw new IllegalArgumentException(
                    "line "
                            + (alias.getStartMark().getLine() + 1)
                            + " has the alias *"
                            + alias.getAnchor()
                            + ". Write the value out instead.");
        }
    }

    private void add(String key, @Nullable Object value) {
        if (value instanceof Map<?, ?> section && (key.isEmpty() || !section.isEmpty())) {
            section.forEach((name, inner) -> add(key.isEmpty() ? String.valueOf(name) : key + "." + name, inner));
        } else if (!key.isEmpty()) {
            if (values.putIfAbsent(key, text(key, value)) != null) {
                throw new IllegalArgumentException("\"" + key + "\" is written twice. Remove one of them.");
            }
        } else if (value != null) {
            throw new IllegalArgumentException("this holds no settings. " + FORM);
        }
    }

    private static String text(String key, @Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Map<?, ?> _ -> "";
            case Collection<?> list ->
                    list.stream().map(element -> element(key, element)).collect(Collectors.joining(","));
            default -> value.toString();
        };
    }

    private static String element(String key, @Nullable Object element) {
        if (element == null || element instanceof Collection || element instanceof Map) {
            throw new IllegalArgumentException(
                    "\"" + key + "\" is a list that holds more than texts and numbers. " + FORM);
        }
        return element.toString();
    }
}
