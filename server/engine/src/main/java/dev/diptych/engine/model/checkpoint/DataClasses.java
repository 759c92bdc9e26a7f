// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Classes whose instances published checkpoints hold beside their tensors, and which are read as names and attributes: `data-classes.txt`.
final class DataClasses {
    private final Set<String> names;
    private final List<String> prefixes;

    private DataClasses(List<String> lines) {
        this.names = lines.stream().filter(line -> !line.endsWith("*")).collect(Collectors.toSet());
        this.prefixes =
                lines.stream()
                        .filter(line -> line.endsWith("*"))
                        .map(line -> line.substring(0, line.length() - 1))
                        .toList();
    }

    static DataClasses load() {
        InputStream in = Objects.requireNonNull(DataClasses.class.getResourceAsStream("data-classes.txt"));
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return new DataClasses(
                    reader.lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(PickleValue.Name name) {
        return names.contains(name.full()) || prefixes.stream().anyMatch(name.full()::startsWith);
    }
}
