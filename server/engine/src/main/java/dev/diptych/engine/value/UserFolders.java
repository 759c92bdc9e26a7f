// SPDX-License-Identifier: Apache-2.0
package dev.diptych.engine.value;

import java.nio.file.Path;
import java.util.Map;

/// Where a user's files belong by the XDG Base Directory Specification: below the folder that a variable names, else below the home folder.
/// As the specification asks, a variable that holds no absolute path counts as unset.
public final class UserFolders {
    private UserFolders() {}

    /// `$XDG_CONFIG_HOME/diptych`, else `~/.config/diptych`.
    public static Path configuration(Map<String, String> environment) {
        return folder(environment, "XDG_CONFIG_HOME", ".config");
    }

    /// `$XDG_DATA_HOME/diptych`, else `~/.local/share/diptych`.
    public static Path data(Map<String, String> environment) {
        return folder(environment, "XDG_DATA_HOME", ".local/share");
    }

    /// Where native libraries are unpacked: below `$XDG_CACHE_HOME/diptych`, else `~/.cache/diptych`.
    public static Path nativeLibraries(Map<String, String> environment) {
        return folder(environment, "XDG_CACHE_HOME", ".cache").resolve("native");
    }

    private static Path folder(Map<String, String> environment, String variable, String below) {
        Path named = Path.of(environment.getOrDefault(variable, ""));
        return (named.isAbsolute() ? named : home(environment).resolve(below)).resolve("diptych");
    }

    /// `$HOME`, as for every other program; Java by itself asks the list of users.
    private static Path home(Map<String, String> environment) {
        Path home = Path.of(environment.getOrDefault("HOME", ""));
        return home.isAbsolute() ? home : Path.of(System.getProperty("user.home"));
    }
}
