// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import dev.diptych.engine.value.UserFolders;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where things lie.
///
/// @param data   everything that Diptych keeps
/// @param home   what this process was started from: the root of a source checkout or of an unpacked release, with `plugins` and `workflows`; or null
/// @param models further folders of models
public record Places(Path data, @Nullable Path home, List<Path> models) {
    public Places {
        models = List.copyOf(models);
    }

    /// Without further folders of models.
    public Places(Path data, @Nullable Path home) {
        this(data, home, List.of());
    }

    /// `--data`, else `DIPTYCH_DATA`, else `${XDG_DATA_HOME:-~/.local/share}/diptych`.
    ///
    /// @param option the value of `--data`, or null
    public static Places of(@Nullable Path option, Map<String, String> environment) {
        String home = System.getProperty("diptych.home");
        return new Places(data(option, environment), home == null || home.isEmpty() ? null : Path.of(home));
    }

    /// With the data folder, made where it is missing.
    ///
    /// @throws IOException if there can be none, with what to name instead
    public Places made() throws IOException {
        try {
            Files.createDirectories(data);
        } catch (IOException e) {
            throw new IOException(
                    (Files.exists(data) ? data + " is no folder" : "The folder " + data + " cannot be made")
                            + ", so Diptych's data cannot be there. Name another with --data or DIPTYCH_DATA.",
                    e);
        }
        return this;
    }

    /// With further folders of models.
    public Places withModels(List<Path> folders) {
        return new Places(data, home, folders.stream().map(Path::toAbsolutePath).toList());
    }

    private static Path data(@Nullable Path option, Map<String, String> environment) {
        if (option != null) {
            return option.toAbsolutePath();
        }
        String named = environment.getOrDefault("DIPTYCH_DATA", "");
        return named.isEmpty() ? UserFolders.data(environment) : Path.of(named).toAbsolutePath();
    }

    public Path cache() {
        return data.resolve("cache");
    }

    public Path assets() {
        return data.resolve("assets");
    }

    /// What is remembered of the contents of models' files.
    public Path modelDigests() {
        return data.resolve("work").resolve("model-digests");
    }
}
